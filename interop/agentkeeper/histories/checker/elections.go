// J3: the calls on one group are a legal history of an election: who came first leads, and the next when that one goes.
//
// Calls without an answer would leave too many orders to try one by one. So they are not placed: from their start on the
// state says what they may do, and until when. The log tells which of them led to a change.
package main

import (
	"fmt"
	"hash/fnv"
	"histories"
	"sort"
	"strings"

	"github.com/anishathalye/porcupine"
)

// candidacy is an agent that waits to lead, since some moment between from and to; sure unless a call without an answer
// may have made or ended it.
type candidacy struct {
	agent    string
	from, to int64
	sure     bool
}

// election is who leads a group and who waits. It never changes once it is made.
type election struct {
	leader string
	term   Number
	// waiting is sorted by agent.
	waiting []candidacy
	// joining and leaving are calls without an answer, by agent: until when they may still have their effect.
	joining, leaving map[string]int64
}

var electionModel = porcupine.NondeterministicModel{
	Init:  func() []any { return []any{election{}} },
	Step:  func(state, input, _ any) []any { return stepElection(state.(election), input.(*step)) },
	Equal: func(one, other any) bool { return one.(election).String() == other.(election).String() },
	Hash: func(state any) uint64 {
		hash := fnv.New64a()
		hash.Write([]byte(state.(election).String()))
		return hash.Sum64()
	},
}

func (now election) String() string {
	// Maps are printed in the order of their keys.
	return fmt.Sprint(now.leader, now.term, now.waiting, now.joining, now.leaving)
}

func checkElections(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "elections", Name: "J3 elections, group by group"}
	steps := map[string][]*step{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		until := facts.until[i]
		isElection := call.Op == "campaign" || call.Op == "resign"
		if isElection && until != 0 && call.Outcome != histories.Refused {
			steps[call.Args.Group] = append(steps[call.Args.Group], &step{call: call, until: until})
		}
	}
	partitions := withDeaths(facts, steps)
	for _, operations := range partitions {
		for i, each := range operations {
			if step := each.Input.(*step); step.call != nil && step.call.Outcome == histories.Unknown {
				operations[i].Return = operations[i].Call
			}
		}
	}
	for _, event := range recording.Log {
		if operations, known := partitions[event.Group]; known && event.Topic == "leader.changed" {
			low := recording.Timeline.Mono(event.OccurredAt) - histories.ClockSlack
			seen := &step{seen: &event, earliest: low, until: facts.visibleBy(recording, event)}
			partitions[event.Group] = append(operations, operation(seen, low))
		}
	}
	histories.Linearize(check, electionModel.ToModel(), partitions)
	return check
}

func stepElection(before election, each *step) []any {
	if each.died != "" {
		after := before.forget(each.died)
		if before.leader == each.died {
			return after.succeed()
		}
		return []any{after}
	}
	if each.seen != nil {
		return before.show(each.seen.Leader, each.seen.Term, each.earliest)
	}
	call := each.call
	agent := call.Args.Agent
	switch {
	case call.Op == "campaign" && call.Outcome == histories.OK:
		after := before.enter(agent, call.Start, call.End)
		if after.leader != call.Result.Leader || after.term != call.Result.Term {
			return nil
		}
		return []any{after}
	case call.Op == "campaign":
		after := before
		after.joining = with(before.joining, agent, each.until)
		if before.leader != agent && before.leader != "" && before.find(agent) == nil {
			after = after.set(candidacy{agent, call.Start, each.until, false})
		}
		return []any{after}
	case call.Outcome == histories.OK:
		after := before.drop(agent)
		if before.joining[agent] >= call.Start {
			after = after.set(candidacy{agent, call.Start, before.joining[agent], false})
		}
		if before.leader == agent {
			return after.succeed()
		}
		return []any{after}
	default:
		after := before
		after.leaving = with(before.leaving, agent, each.until)
		if waits := before.find(agent); waits != nil {
			after = after.set(candidacy{agent, waits.from, waits.to, false})
		}
		return []any{after}
	}
}

// enter is the election after an answered campaign.
func (now election) enter(agent string, start, end int64) election {
	if now.leader == agent {
		return now
	}
	if now.leader == "" {
		return now.lead(agent, start)
	}
	entered := candidacy{agent, start, end, true}
	if waits := now.find(agent); waits != nil {
		entered.from = waits.from
		if waits.sure {
			entered.to = waits.to
		}
	}
	entered.sure = now.leaving[agent] < start
	return now.set(entered)
}

// lead is the election after somebody entered it while nobody led. Who tried to enter at that time may wait now.
func (now election) lead(agent string, start int64) election {
	after := now
	for other, until := range now.joining {
		if until >= start {
			after = after.set(candidacy{other, start, until, false})
		}
	}
	after = after.drop(agent)
	after.leader, after.term = agent, now.term+1
	return after
}

// succeed is what there can be after the leader has gone: nobody who surely came earlier is passed over.
func (now election) succeed() []any {
	var after []any
	nobody := true
	for _, next := range now.waiting {
		first := true
		for _, other := range now.waiting {
			first = first && !(other.sure && other.to < next.from)
		}
		if first {
			led := now.drop(next.agent)
			led.leader, led.term = next.agent, now.term+1
			after = append(after, led)
		}
		nobody = nobody && !next.sure
	}
	if nobody {
		after = append(after, election{"", now.term + 1, nil, now.joining, now.leaving})
	}
	return after
}

// show is the election when the log says who leads since some moment: as it is, or changed by a call without an answer.
func (now election) show(leader string, term Number, since int64) []any {
	if now.leader == leader && now.term == term {
		return []any{now}
	}
	if now.term+1 != term {
		return nil
	}
	if now.leader == "" && now.joining[leader] >= since {
		return []any{now.lead(leader, since)}
	}
	if now.leader != "" && now.leaving[now.leader] >= since {
		var after []any
		left := now
		if until := now.joining[now.leader]; until >= since {
			// It may have entered again behind its resignation.
			left = now.set(candidacy{now.leader, since, until, false})
		}
		for _, each := range left.succeed() {
			if each.(election).leader == leader {
				after = append(after, each)
			}
		}
		return after
	}
	return nil
}

func (now election) find(agent string) *candidacy {
	for i := range now.waiting {
		if now.waiting[i].agent == agent {
			return &now.waiting[i]
		}
	}
	return nil
}

func (now election) drop(agent string) election {
	var waiting []candidacy
	for _, each := range now.waiting {
		if each.agent != agent {
			waiting = append(waiting, each)
		}
	}
	now.waiting = waiting
	return now
}

func (now election) set(entered candidacy) election {
	after := now.drop(entered.agent)
	after.waiting = append(after.waiting, entered)
	sort.Slice(after.waiting, func(i, j int) bool {
		return strings.Compare(after.waiting[i].agent, after.waiting[j].agent) < 0
	})
	return after
}

// forget is the election after a death: what was under way for the agent is refused.
func (now election) forget(agent string) election {
	after := now.drop(agent)
	after.joining = without(now.joining, agent)
	after.leaving = without(now.leaving, agent)
	return after
}

func with(calls map[string]int64, agent string, until int64) map[string]int64 {
	after := without(calls, agent)
	after[agent] = max(calls[agent], until)
	return after
}

func without(calls map[string]int64, agent string) map[string]int64 {
	after := map[string]int64{}
	for other, until := range calls {
		if other != agent {
			after[other] = until
		}
	}
	return after
}
