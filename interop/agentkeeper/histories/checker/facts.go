// What several checks need to know of a recording.
package main

import "histories"

// Death is an agent's end as the log tells it.
type Death struct {
	agent string
	// The death took place in this interval of the monotonic clock.
	low, high int64
	sequence  int64
}

type holder struct{ key, agent string }

// Facts are gathered once.
type Facts struct {
	// until gives for each call the last moment at which it can have had its effect; 0 if it had none.
	until  []int64
	deaths map[string]Death
	// holds are the calls that set or may have set the time of a lease, by key and agent.
	holds map[holder][]int
	// sightings is when each event was first seen by a live watcher.
	sightings map[int64]int64
}

func gather(recording *Recording) *Facts {
	facts := &Facts{
		until:     make([]int64, len(recording.Calls)),
		deaths:    map[string]Death{},
		sightings: map[int64]int64{},
		holds:     map[holder][]int{},
	}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		facts.until[i] = call.End
		if call.Outcome == histories.Unknown {
			facts.until[i] = recording.Timeline.EffectEnd(call.Start, call.End)
		}
		refusal := call.Outcome == histories.Refused || call.Op == "acquire" && call.Outcome == histories.OK && !call.Result.Acquired
		if (call.Op == "acquire" || call.Op == "renew") && !refusal {
			by := holder{call.Args.Key, call.Args.Agent}
			facts.holds[by] = append(facts.holds[by], i)
		}
	}
	for _, events := range recording.Seen {
		for _, event := range events {
			if at, seen := facts.sightings[event.Sequence]; !seen || event.At < at {
				facts.sightings[event.Sequence] = event.At
			}
		}
	}
	for _, event := range recording.Log {
		if event.Topic == "agent.died" {
			low := recording.Timeline.Mono(event.OccurredAt) - histories.ClockSlack
			facts.deaths[event.Agent] = Death{event.Agent, low, facts.visibleBy(recording, event), event.Sequence}
		}
	}
	return facts
}

// visibleBy is a moment at which an event had taken place for certain: a watcher saw it, or the process that wrote it
// had ended.
func (facts *Facts) visibleBy(recording *Recording, event Event) int64 {
	by := recording.Timeline.RunAt(recording.Timeline.Mono(event.OccurredAt)).Ended
	if at, seen := facts.sightings[event.Sequence]; seen {
		by = min(by, at)
	}
	return max(by, recording.Timeline.Mono(event.OccurredAt)-histories.ClockSlack)
}

// heldUntil is the first moment at which a lease may be over that a call from `start` on confirmed, as seen at a later
// moment. Other calls may have given it a shorter time since, also some whose answer is missing or came late.
func (facts *Facts) heldUntil(recording *Recording, by holder, start, at int64) int64 {
	deadline := int64(histories.Never)
	for _, i := range facts.holds[by] {
		call := &recording.Calls[i]
		if facts.until[i] >= start && call.Start <= at {
			deadline = min(deadline, recording.Timeline.Earliest(call.Start, call.Args.TTLSeconds*histories.Second))
		}
	}
	return deadline
}

// deathSteps are the deaths of all agents that take part in some steps.
func (facts *Facts) deathSteps(steps []*step) []*step {
	taking := map[string]bool{}
	for _, each := range steps {
		taking[each.call.Args.Agent] = true
	}
	var deaths []*step
	for agent := range taking {
		if death, dead := facts.deaths[agent]; dead {
			deaths = append(deaths, &step{died: agent, until: death.high})
		}
	}
	return deaths
}
