// Package histories reads recordings and holds them to promises. What a service promises is its own program's matter.
package histories

import (
	"encoding/json"
	"fmt"
	"os"
)

// Check is one promise, and where it was broken.
type Check struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Examined counts what the check looked at: partitions, events, calls.
	Examined   int      `json:"examined"`
	Violations []string `json:"violations"`
	// Found counts the violations; only the first ones are written out.
	Found int `json:"found"`
}

const violationsShown = 5

// Violated notes that the promise was broken, and where.
func (check *Check) Violated(format string, values ...any) {
	check.Found++
	if check.Found <= violationsShown {
		check.Violations = append(check.Violations, fmt.Sprintf(format, values...))
	}
}

// Main is a service's checker: `checker FOLDER` prints as JSON what its checks say of the recording in a folder.
func Main[Fields, Event, Final any](checks func(*Recording[Fields, Event, Final]) []*Check) {
	if len(os.Args) != 2 {
		fail("usage: checker FOLDER")
	}
	recording, err := Read[Fields, Event, Final](os.Args[1])
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(checks(recording)); err != nil {
		fail(err)
	}
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}
