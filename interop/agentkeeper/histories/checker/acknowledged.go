// J5: every acknowledged change is in the log, inside its call; and every change in the log was asked for.
package main

import (
	"fmt"
	"histories"
)

// logIndex finds events by topic and what they are about.
type logIndex map[string][]Event

func indexLog(recording *Recording) logIndex {
	index := logIndex{}
	for _, event := range recording.Log {
		index[subject(event.Topic, event.Fields)] = append(index[subject(event.Topic, event.Fields)], event)
	}
	return index
}

// subject names what an event of a topic is about, closely enough to tell it from all but its repeats.
func subject(topic string, fields Fields) string {
	switch topic {
	case "agent.registered", "agent.died", "agent.unreachable", "agent.recovered":
		return topic + " " + fields.Agent
	case "lease.acquired", "lease.renewed", "lease.expired", "lease.released":
		return fmt.Sprintf("%s %s %s %d", topic, fields.Key, fields.Agent, fields.Token)
	case "leader.changed":
		return fmt.Sprintf("%s %s %d %s", topic, fields.Group, fields.Term, fields.Leader)
	case "task.claimed", "task.completed", "task.dead":
		return topic + " " + fields.Task + " " + fields.ClaimedBy
	default:
		return topic + " " + fields.Task
	}
}

func checkAcknowledged(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "acknowledged", Name: "J5 every acknowledged change is in the log, inside its call"}
	index := indexLog(recording)
	has := func(call *Call, from int64, topic string, fields Fields) bool {
		for _, event := range index[subject(topic, fields)] {
			at := recording.Timeline.Mono(event.OccurredAt)
			if from-histories.ClockSlack <= at && at <= call.End+histories.ClockSlack {
				return true
			}
		}
		return false
	}
	type renewals struct{ asked, logged int }
	renewed := map[Number]*renewals{}

	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Code == "agent_dead" {
			if death, dead := facts.deaths[call.Args.Agent]; !dead || death.low > call.End {
				check.Violated("%s was told that it is dead before it was", call.Args.Agent)
			}
		}
		if call.Outcome != histories.OK {
			continue
		}
		args, result := call.Args, call.Result
		lease := Fields{Key: args.Key, Agent: args.Agent, Token: result.Token}
		found := true
		switch call.Op {
		case "register":
			found = has(call, call.Start, "agent.registered", result)
		case "deregister":
			found = has(call, 0, "agent.died", args)
		case "acquire":
			if result.Acquired && !has(call, call.Start, "lease.acquired", lease) {
				found = has(call, call.Start, "lease.renewed", lease)
				count(renewed, result.Token, func(each *renewals) { each.asked++ })
			}
		case "renew":
			found = has(call, call.Start, "lease.renewed", lease)
			count(renewed, result.Token, func(each *renewals) { each.asked++ })
		case "release":
			found = has(call, call.Start, "lease.released", args)
		case "campaign":
			found = has(call, 0, "leader.changed", Fields{Group: args.Group, Term: result.Term, Leader: result.Leader})
		case "createTask":
			found = has(call, call.Start, "task.created", result)
		case "claimTask":
			found = has(call, call.Start, "task.claimed", Fields{Task: result.Task, ClaimedBy: args.Agent})
		case "completeTask":
			found = has(call, 0, "task.completed", Fields{Task: args.Task, ClaimedBy: args.Agent})
		case "failTask":
			found = has(call, call.Start, "task.requeued", args) ||
				has(call, call.Start, "task.dead", Fields{Task: args.Task, ClaimedBy: args.Agent})
		}
		check.Examined++
		if !found {
			check.Violated("%s of %s%s%s by %s [%d, %d] was answered and is not in the log", call.Op, args.Key, args.Group,
				args.Task, args.Agent, call.Start, call.End)
		}
	}
	for _, event := range recording.Log {
		if event.Topic == "lease.renewed" {
			count(renewed, event.Token, func(each *renewals) { each.logged++ })
		}
	}
	for token, each := range renewed {
		if each.asked > each.logged {
			check.Violated("%d renewals of token %d were answered, the log has %d", each.asked, token, each.logged)
		}
	}
	return check
}

func count[Value any](counts map[Number]*Value, token Number, add func(*Value)) {
	if counts[token] == nil {
		counts[token] = new(Value)
	}
	add(counts[token])
}

// checkCauses looks for the call behind each change that only a call can make. Of claims this is told with the tasks.
func checkCauses(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "causes", Name: "J5 no event without a cause, or before it"}
	calls := map[string][]int{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Outcome != histories.Refused && facts.until[i] != 0 {
			name := call.Op + " " + call.Args.Name + call.Args.Key + call.Args.Group + call.Args.Task + call.Args.TaskType +
				" " + call.Args.Agent
			calls[name] = append(calls[name], i)
		}
	}
	asked := func(event Event, name string) bool {
		at := recording.Timeline.Mono(event.OccurredAt)
		for _, i := range calls[name] {
			if recording.Calls[i].Start-histories.ClockSlack <= at && at <= addSlack(facts.until[i]) {
				return true
			}
		}
		return false
	}
	// gaveUp tells whether a call without an answer came before an event: what it got is given back, whenever that arrives.
	gaveUp := func(event Event, name string) bool {
		at := recording.Timeline.Mono(event.OccurredAt)
		for _, i := range calls[name] {
			call := &recording.Calls[i]
			if call.Outcome == histories.Unknown && call.Start-histories.ClockSlack <= at {
				return true
			}
		}
		return false
	}
	state := newState(recording)
	dying := ""
	for _, event := range recording.Log {
		state.before(event)
		found := true
		_, isClaim := state.tasks[event.Key]
		switch event.Topic {
		case "agent.registered":
			found = asked(event, "register "+event.Name+" ")
		case "agent.died":
			dying = event.Agent
		case "lease.acquired":
			found = isClaim || asked(event, "acquire "+event.Key+" "+event.Agent)
		case "lease.renewed":
			found = isClaim || asked(event, "acquire "+event.Key+" "+event.Agent) ||
				asked(event, "renew "+event.Key+" "+event.Agent)
		case "lease.released":
			found = isClaim || event.Agent == dying || asked(event, "release "+event.Key+" "+event.Agent) ||
				gaveUp(event, "acquire "+event.Key+" "+event.Agent)
		case "leader.changed":
			if state.elections[event.Group].leader == "" {
				found = asked(event, "campaign "+event.Group+" "+event.Leader)
			}
		case "task.completed":
			found = asked(event, "completeTask "+event.Task+" "+event.ClaimedBy)
		case "task.dead":
			found = asked(event, "failTask "+event.Task+" "+event.ClaimedBy)
		}
		check.Examined++
		if !found {
			check.Violated("%s of %s%s%s%s (sequence %d) was asked for by no call", event.Topic, event.Name, event.Key,
				event.Group, event.Task, event.Sequence)
		}
		state.apply(event)
	}
	return check
}
