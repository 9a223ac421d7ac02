// Runs Porcupine over the partitions of a history.
package histories

import (
	"fmt"
	"runtime"
	"sort"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// A partition takes longer than this only if it is wrong in a way that is hard to prove; that counts as wrong.
const partitionTimeout = 60 * time.Second

// Linearize checks each partition by itself.
func Linearize(check *Check, model porcupine.Model, partitions map[string][]porcupine.Operation) {
	names := make([]string, 0, len(partitions))
	for name := range partitions {
		names = append(names, name)
	}
	sort.Strings(names)
	check.Examined = len(names)
	problems := make([]string, len(names))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Add(1)
		slots <- struct{}{}
		go func() {
			defer group.Done()
			defer func() { <-slots }()
			switch porcupine.CheckOperationsTimeout(model, partitions[name], partitionTimeout) {
			case porcupine.Illegal:
				problems[i] = fmt.Sprintf("%s: no order of its %d operations is legal; %s",
					name, len(partitions[name]), stuck(model, partitions[name]))
			case porcupine.Unknown:
				problems[i] = fmt.Sprintf("%s: undecided after %s", name, partitionTimeout)
			}
		}()
	}
	group.Wait()
	for _, problem := range problems {
		if problem != "" {
			check.Violated("%s", problem)
		}
	}
}

// stuck says behind which operation the longest legal order ends.
func stuck(model porcupine.Model, operations []porcupine.Operation) string {
	_, info := porcupine.CheckOperationsVerbose(model, operations, partitionTimeout)
	var longest []porcupine.Operation
	for _, partial := range info.PartialLinearizationsOperations() {
		for _, operations := range partial {
			if len(operations) > len(longest) {
				longest = operations
			}
		}
	}
	placed := map[any]bool{}
	for _, operation := range longest {
		placed[operation.Input] = true
	}
	text := fmt.Sprintf("%d can be placed", len(longest))
	if len(longest) > 0 {
		text += ", the last is " + describe(longest[len(longest)-1])
	}
	var left *porcupine.Operation
	for i := range operations {
		if !placed[operations[i].Input] && (left == nil || operations[i].Return < left.Return) {
			left = &operations[i]
		}
	}
	if left != nil {
		text += "; then comes " + describe(*left)
	}
	return text
}

func describe(operation porcupine.Operation) string {
	return fmt.Sprintf("%v [%d, %d]", operation.Input, operation.Call, operation.Return)
}
