// J3: the calls on one group are a legal history of an election: who came first leads, and the next when that one goes.
package main

import (
	"hash/fnv"
	"strings"

	"github.com/anishathalye/porcupine"
)

// election is who leads a group and who waits, longest first, each id behind a blank.
type election struct {
	leader  string
	term    Number
	waiting string
}

var electionModel = porcupine.NondeterministicModel{
	Init: func() []any { return []any{election{}} },
	Step: func(state, input, _ any) []any { return stepElection(state.(election), input.(*step)) },
	Hash: func(state any) uint64 {
		hash := fnv.New64a()
		hash.Write([]byte(state.(election).leader + state.(election).waiting))
		return hash.Sum64() ^ uint64(state.(election).term)
	},
}

func checkElections(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "elections", Name: "J3 elections, group by group"}
	steps := map[string][]*step{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		until := facts.until[i]
		isElection := call.Op == "campaign" || call.Op == "resign"
		if isElection && until != 0 && call.Outcome != refused {
			steps[call.Args.Group] = append(steps[call.Args.Group], &step{call: call, until: until})
		}
	}
	partitions := withDeaths(facts, steps)
	for _, event := range recording.Log {
		// Of calls without an answer the log tells which led to something; this keeps the search for an order short.
		if operations, known := partitions[event.Group]; known && event.Topic == "leader.changed" {
			seen := &step{seen: &event, until: facts.visibleBy(recording, event)}
			low := recording.Timeline.mono(event.OccurredAt) - clockSlack
			partitions[event.Group] = append(operations, operation(seen, low))
		}
	}
	linearize(check, electionModel.ToModel(), partitions)
	return check
}

func stepElection(before election, each *step) []any {
	if each.died != "" {
		return []any{before.without(each.died)}
	}
	if each.seen != nil {
		if before.leader == each.seen.Leader && before.term == each.seen.Term {
			return []any{before}
		}
		return nil
	}
	call := each.call
	var changed election
	if call.Op == "campaign" {
		changed = before.with(call.Args.Agent)
		if call.Outcome == ok && (call.Result.Leader != changed.leader || call.Result.Term != changed.term) {
			return nil
		}
	} else {
		changed = before.without(call.Args.Agent)
	}
	if call.Outcome == unknown {
		return []any{before, changed}
	}
	return []any{changed}
}

func (before election) with(agent string) election {
	if before.leader == "" {
		return election{agent, before.term + 1, before.waiting}
	}
	if before.leader != agent && !strings.Contains(before.waiting, " "+agent) {
		before.waiting += " " + agent
	}
	return before
}

func (before election) without(agent string) election {
	if before.leader != agent {
		before.waiting = strings.Replace(before.waiting, " "+agent, "", 1)
		return before
	}
	candidates := strings.Fields(before.waiting)
	if len(candidates) == 0 {
		return election{"", before.term + 1, ""}
	}
	return election{candidates[0], before.term + 1, strings.TrimPrefix(before.waiting, " "+candidates[0])}
}
