// J6: nothing expires and nobody dies before the time, whatever happened to the daemon.
package main

import (
	"histories"
	"sort"
)

func checkTime(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "time", Name: "J6 no expiry and no death before its time"}
	timeline := &recording.Timeline

	// What was confirmed to callers, by what it confirms, in the order in which the answers came.
	type confirmed struct{ start, end int64 }
	leases := map[Number][]confirmed{}
	beats := map[string][]confirmed{}
	ttl := map[string]int64{}
	deregistered := map[string]bool{}
	// Names of agents whose callers gave up before they were answered: these registrations are withdrawn.
	gaveUp := map[string]bool{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Op == "register" {
			// The answer may be missing; the name tells the agent in the log.
			ttl[call.Args.Name] = max(call.Args.TTLSeconds, 2) * histories.Second
			gaveUp[call.Args.Name] = call.Outcome == histories.Unknown
		}
		if call.Op == "deregister" && call.Outcome != histories.Refused {
			deregistered[call.Args.Agent] = true
		}
		if call.Outcome != histories.OK {
			continue
		}
		switch {
		case call.Op == "acquire" && call.Result.Acquired, call.Op == "renew":
			token := call.Result.Token
			leases[token] = append(leases[token], confirmed{call.Start, call.End})
		case call.Op == "register":
			beats[call.Result.Agent] = append(beats[call.Result.Agent], confirmed{call.Start, call.End})
		case call.Op == "heartbeat":
			beats[call.Args.Agent] = append(beats[call.Args.Agent], confirmed{call.Start, call.End})
		}
	}
	// last is the last one that was answered before a moment.
	last := func(all []confirmed, at int64) (confirmed, bool) {
		sort.SliceStable(all, func(i, j int) bool { return all[i].end < all[j].end })
		next := sort.Search(len(all), func(i int) bool { return all[i].end >= at })
		if next == 0 {
			return confirmed{}, false
		}
		return all[next-1], true
	}

	state := newState(recording)
	for _, event := range recording.Log {
		state.before(event)
		at := timeline.Mono(event.OccurredAt)
		visible := facts.visibleBy(recording, event)
		switch event.Topic {
		case "lease.expired":
			check.Examined++
			if told := state.leases[event.Key].expiresAt; event.OccurredAt+histories.ClockSlack/1000 < told {
				check.Violated("%s expired %d ms before the time that its last event told (sequence %d)", event.Key,
					told-event.OccurredAt, event.Sequence)
			}
			if by, known := last(leases[event.Token], at-histories.ClockSlack); known {
				deadline := facts.heldUntil(recording, holder{event.Key, event.Agent}, by.start, at)
				if visible < deadline || at+histories.ClockSlack < deadline {
					check.Violated("%s expired %d us before the time that was confirmed (sequence %d)", event.Key,
						deadline-at, event.Sequence)
				}
			}
		case "agent.unreachable", "agent.died":
			if (deregistered[event.Agent] || gaveUp[event.Name]) && event.Topic == "agent.died" {
				break
			}
			check.Examined++
			length := ttl[event.Name]
			if length == 0 {
				check.Violated("%s is the end of %s, which nobody registered", event.Topic, event.Name)
			}
			if event.Topic == "agent.died" {
				if state.agents[event.Agent] != "UNREACHABLE" {
					check.Violated("%s died by silence and was never unreachable", event.Agent)
				}
				length *= 2
			}
			if by, known := last(beats[event.Agent], at-histories.ClockSlack); known {
				if deadline := timeline.Earliest(by.start, length); at+histories.ClockSlack < deadline {
					check.Violated("%s of %s %d us before its time (sequence %d)", event.Topic, event.Agent, deadline-at,
						event.Sequence)
				}
			}
		}
		state.apply(event)
	}
	return check
}
