// The state that the event log alone tells, built event by event.
package main

import "histories"

// Held is a lease as the log tells it.
type Held struct {
	agent string
	token Number
	// What the last event about it said, in milliseconds since the Unix epoch.
	expiresAt int64
}

// TaskState is a task as the log tells it.
type TaskState struct {
	status, claimer string
	retries         int64
}

// Election is a group as the log tells it.
type Election struct {
	leader string
	term   Number
}

// State is everything that the log tells.
type State struct {
	agents    map[string]string
	leases    map[string]Held
	elections map[string]Election
	tasks     map[string]TaskState
	timeline  *histories.Timeline
	// restarts that the events have passed.
	restarts int
}

func newState(recording *Recording) *State {
	return &State{
		agents: map[string]string{}, leases: map[string]Held{},
		elections: map[string]Election{}, tasks: map[string]TaskState{}, timeline: &recording.Timeline,
	}
}

// passTo lets restarts have their effect: who was unreachable has a full fresh time, without an event.
func (state *State) passTo(at int64) {
	runs := state.timeline.Runs
	for state.restarts+1 < len(runs) && runs[state.restarts+1].Spawned <= at {
		state.restarts++
		for agent, status := range state.agents {
			if status == "UNREACHABLE" {
				state.agents[agent] = "ALIVE"
			}
		}
	}
}

// before brings the state to where an event meets it.
func (state *State) before(event Event) {
	state.passTo(state.timeline.Mono(event.OccurredAt))
}

func (state *State) apply(event Event) {
	state.before(event)
	switch event.Topic {
	case "agent.registered", "agent.unreachable", "agent.recovered", "agent.died":
		state.agents[event.Agent] = event.Status
	case "lease.acquired", "lease.renewed":
		state.leases[event.Key] = Held{event.Agent, event.Token, event.ExpiresAt}
	case "lease.expired", "lease.released":
		delete(state.leases, event.Key)
	case "leader.changed":
		state.elections[event.Group] = Election{event.Leader, event.Term}
	case "task.created", "task.claimed", "task.completed", "task.requeued", "task.dead":
		state.tasks[event.Task] = TaskState{event.Status, event.ClaimedBy, event.RetryCount}
	}
}

func (state *State) alive(agent string) bool {
	status := state.agents[agent]
	return status == "ALIVE" || status == "UNREACHABLE"
}
