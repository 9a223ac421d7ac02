// J3 over all groups: a term is used once, grows by one, falls for no reader, and passes only when a leader goes.
package main

import "histories"

func checkLeadership(recording *Recording) *Check {
	check := &Check{ID: "terms", Name: "J3 terms, in the log and for each reader"}
	state := newState(recording)
	for i, event := range recording.Log {
		state.before(event)
		if event.Topic == "leader.changed" {
			check.Examined++
			before := state.elections[event.Group]
			if event.Term != before.term+1 {
				check.Violated("%s goes from term %d to %d (sequence %d)", event.Group, before.term, event.Term, event.Sequence)
			}
			if event.Leader == before.leader {
				check.Violated("%s changes from %q to itself (sequence %d)", event.Group, event.Leader, event.Sequence)
			}
			if event.Leader != "" && !state.alive(event.Leader) {
				check.Violated("%s is led by %s, which is not there (sequence %d)", event.Group, event.Leader, event.Sequence)
			}
			if before.leader != "" && !leaderWent(recording, i, before.leader) {
				check.Violated("%s loses its leader %s, which neither died nor resigned (sequence %d)", event.Group,
					before.leader, event.Sequence)
			}
		}
		state.apply(event)
	}

	type reader struct{ agent, group string }
	type reading struct {
		term   Number
		leader string
	}
	last := map[reader]reading{}
	leaders := map[string]map[Number]string{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Op != "campaign" || call.Outcome != histories.OK {
			continue
		}
		check.Examined++
		// An agent's calls on elections come one after another.
		by := reader{call.Args.Agent, call.Args.Group}
		if call.Result.Term < last[by].term {
			check.Violated("%s saw term %d of %s after %d", by.agent, call.Result.Term, by.group, last[by].term)
		}
		last[by] = reading{call.Result.Term, call.Result.Leader}
		ofGroup := leaders[by.group]
		if ofGroup == nil {
			ofGroup = map[Number]string{}
			leaders[by.group] = ofGroup
		}
		if leader, known := ofGroup[call.Result.Term]; known && leader != call.Result.Leader {
			check.Violated("%s is led by %s and by %s in term %d", by.group, leader, call.Result.Leader, call.Result.Term)
		}
		ofGroup[call.Result.Term] = call.Result.Leader
	}
	return check
}

// leaderWent says whether a change of leadership stands in the block of its old leader's death, or under a resignation.
func leaderWent(recording *Recording, index int, leader string) bool {
	event := recording.Log[index]
	for i := index - 1; i >= 0; i-- {
		before := recording.Log[i]
		if before.Topic == "agent.died" {
			if before.Agent == leader {
				return true
			}
			break
		}
		if before.Topic != "lease.released" && before.Topic != "task.requeued" && before.Topic != "leader.changed" {
			break
		}
	}
	at := recording.Timeline.Mono(event.OccurredAt)
	for _, call := range recording.resignations()[event.Group+" "+leader] {
		if call.Start-histories.ClockSlack <= at && (call.Outcome == histories.Unknown || at <= call.End+histories.ClockSlack) {
			return true
		}
	}
	return false
}

// resignations by group and agent; refused ones changed nothing.
func (recording *Recording) resignations() map[string][]*Call {
	if recording.resigned == nil {
		recording.resigned = map[string][]*Call{}
		for i := range recording.Calls {
			call := &recording.Calls[i]
			if call.Op == "resign" && call.Outcome != histories.Refused {
				key := call.Args.Group + " " + call.Args.Agent
				recording.resigned[key] = append(recording.resigned[key], call)
			}
		}
	}
	return recording.resigned
}
