// J5: the log is whole, was shown to watchers as it is, ends each grant once, and tells what the lists tell.
package main

import (
	"histories"
	"reflect"
	"sort"
)

func checkSequence(recording *Recording) *Check {
	check := &Check{ID: "sequence", Name: "J5 the log has no gap, no repeat, and its time never falls", Examined: len(recording.Log)}
	if len(recording.Log) == 0 {
		check.Violated("the log is empty")
	}
	occurred := int64(0)
	for i, event := range recording.Log {
		if event.Sequence != int64(i+1) {
			check.Violated("sequence %d stands at place %d", event.Sequence, i+1)
			break
		}
		if event.OccurredAt < occurred {
			check.Violated("sequence %d occurred before the one in front of it", event.Sequence)
		}
		occurred = event.OccurredAt
	}
	return check
}

func checkSightings(recording *Recording) *Check {
	check := &Check{ID: "sightings", Name: "J5 live watchers saw the log as it is"}
	bySequence := map[int64]Event{}
	for _, event := range recording.Log {
		event.At = 0
		bySequence[event.Sequence] = event
	}
	for file, events := range recording.Seen {
		check.Examined += len(events)
		if len(events) == 0 {
			check.Violated("%s saw nothing", file)
		}
		for i, event := range events {
			if i > 0 && event.Sequence != events[i-1].Sequence+1 {
				check.Violated("%s saw sequence %d after %d", file, event.Sequence, events[i-1].Sequence)
			}
			event.At = 0
			if event.Sequence > int64(len(recording.Log)) {
				// Watchers may have seen more than was read afterwards.
				continue
			}
			if !reflect.DeepEqual(event, bySequence[event.Sequence]) {
				check.Violated("%s saw %s with sequence %d, the log has %s", file, event.Topic, event.Sequence,
					bySequence[event.Sequence].Topic)
			}
		}
	}
	return check
}

// checkEnds holds every event about leases and agents to what stood before it.
func checkEnds(recording *Recording) *Check {
	check := &Check{ID: "ends", Name: "J5 each grant has one end, in the log", Examined: len(recording.Log)}
	state := newState(recording)
	for _, event := range recording.Log {
		state.before(event)
		lease, held := state.leases[event.Key]
		switch event.Topic {
		case "agent.registered":
			if _, known := state.agents[event.Agent]; known {
				check.Violated("agent %s is registered twice", event.Agent)
			}
		case "agent.unreachable", "agent.recovered", "agent.died":
			before := state.agents[event.Agent]
			legal := event.Topic == "agent.unreachable" && before == "ALIVE" ||
				event.Topic == "agent.recovered" && before != "DEAD" ||
				event.Topic == "agent.died" && state.alive(event.Agent)
			if !legal {
				check.Violated("%s of an agent that is %q (sequence %d)", event.Topic, before, event.Sequence)
			}
		case "lease.acquired":
			if held {
				check.Violated("%s is granted to %s while %s holds it (sequence %d)", event.Key, event.Agent, lease.agent,
					event.Sequence)
			}
			if !state.alive(event.Agent) {
				check.Violated("%s is granted to %s, which is not there (sequence %d)", event.Key, event.Agent, event.Sequence)
			}
		case "lease.renewed", "lease.expired", "lease.released":
			if !held || lease.agent != event.Agent || lease.token != event.Token {
				check.Violated("%s on %s for token %d of %s, which does not hold it (sequence %d)", event.Topic, event.Key,
					event.Token, event.Agent, event.Sequence)
			}
		}
		state.apply(event)
	}
	return check
}

// checkDeaths holds each death to its block: leases by key, requeued claims with them, then groups by name.
func checkDeaths(recording *Recording) *Check {
	check := &Check{ID: "deaths", Name: "J5 all that follows from a death follows at once"}
	state := newState(recording)
	for i, event := range recording.Log {
		state.before(event)
		if event.Topic == "agent.died" {
			check.Examined++
			for j, expected := range expectedBlock(state, event.Agent) {
				if i+1+j >= len(recording.Log) || !expected.is(recording.Log[i+1+j]) {
					check.Violated("the death of %s (sequence %d) is not followed by %s of %s at once", event.Agent,
						event.Sequence, expected.topic, expected.subject)
					break
				}
			}
		}
		state.apply(event)
	}
	return check
}

type follower struct{ topic, subject string }

func (expected follower) is(event Event) bool {
	return event.Topic == expected.topic && event.Key+event.Group+event.Task == expected.subject
}

func expectedBlock(state *State, agent string) []follower {
	var keys, groups []string
	for key, lease := range state.leases {
		if lease.agent == agent {
			keys = append(keys, key)
		}
	}
	for group, election := range state.elections {
		if election.leader == agent {
			groups = append(groups, group)
		}
	}
	sort.Strings(keys)
	sort.Strings(groups)
	var block []follower
	for _, key := range keys {
		block = append(block, follower{"lease.released", key})
		if claimed := state.tasks[key]; claimed.status == "CLAIMED" {
			block = append(block, follower{"task.requeued", key})
		}
	}
	for _, group := range groups {
		block = append(block, follower{"leader.changed", group})
	}
	return block
}

// checkLists holds the daemon's lists to the log at the same sequence.
func checkLists(recording *Recording) *Check {
	check := &Check{ID: "lists", Name: "J5 the log from its beginning gives what the lists give"}
	state := newState(recording)
	for _, event := range recording.Log {
		if event.Sequence <= recording.Final.Sequence {
			state.apply(event)
		}
	}
	state.passTo(histories.Never)
	final := recording.Final
	agents := map[string]string{}
	for _, each := range final.Agents {
		agents[each.Agent] = each.Status
	}
	leases := map[string]Held{}
	for _, each := range final.Leases {
		leases[each.Key] = Held{agent: each.Agent, token: each.Token}
	}
	elections := map[string]Election{}
	for _, each := range final.Elections {
		elections[each.Group] = Election{each.Leader, each.Term}
	}
	tasks := map[string]TaskState{}
	for _, each := range final.Tasks {
		tasks[each.Task] = TaskState{each.Status, each.ClaimedBy, each.RetryCount}
	}
	replayed := map[string]Held{}
	for key, lease := range state.leases {
		replayed[key] = Held{agent: lease.agent, token: lease.token}
	}
	compare(check, "agent", state.agents, agents)
	compare(check, "lease", replayed, leases)
	compare(check, "group", state.elections, elections)
	compare(check, "task", state.tasks, tasks)
	return check
}

func compare[Value comparable](check *Check, kind string, replayed, listed map[string]Value) {
	check.Examined += len(replayed)
	for id, value := range replayed {
		if other, known := listed[id]; !known || other != value {
			check.Violated("%s %s is %v by the log and %v by the list", kind, id, value, other)
		}
	}
	for id := range listed {
		if _, known := replayed[id]; !known {
			check.Violated("%s %s is in the list and not in the log", kind, id)
		}
	}
}
