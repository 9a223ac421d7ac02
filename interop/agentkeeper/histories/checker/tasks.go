// J4: the calls on one task are a legal history of it: at most one agent between claim and end, and ends are final.
package main

import (
	"hash/fnv"
	"histories"

	"github.com/anishathalye/porcupine"
)

// task is where a task stands; a status of "" is before its creation.
type task struct {
	status  string
	claimer string
	retries int64
	output  string
	// The claim may be over from earliest on, and is over after latest.
	earliest, latest int64
}

var taskModel = porcupine.NondeterministicModel{
	Init: func() []any { return []any{task{}} },
	Step: func(state, input, _ any) []any { return stepTask(state.(task), input.(*step)) },
	Hash: func(state any) uint64 {
		hash := fnv.New64a()
		hash.Write([]byte(state.(task).status + state.(task).claimer))
		return hash.Sum64() ^ uint64(state.(task).retries) ^ uint64(state.(task).earliest)
	},
}

func checkTasks(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "tasks", Name: "J4 tasks, task by task"}
	steps := map[string][]*step{}
	creations := map[string]*Call{}
	byType := map[string]*Call{}
	add := func(id string, each *step) {
		if each.until != 0 {
			steps[id] = append(steps[id], each)
		}
	}

	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Op == "createTask" {
			byType[call.Args.TaskType] = call
			if call.Outcome == histories.OK {
				creations[call.Result.Task] = call
				add(call.Result.Task, &step{call: call, until: call.End})
			}
		}
	}
	// A creation without an answer is known by its type, which no other call used.
	for _, event := range recording.Log {
		if event.Topic != "task.created" || creations[event.Task] != nil {
			continue
		}
		call := byType[event.TaskType]
		if call == nil || call.Outcome != histories.Unknown {
			check.Violated("%s was created by no call", event.Task)
			continue
		}
		creations[event.Task] = call
		add(event.Task, &step{call: call, until: recording.Timeline.EffectEnd(call.Start, call.End)})
	}

	claim := func(id string, call *Call, until int64, ghost bool) {
		creation := creations[id]
		if creation == nil {
			check.Violated("%s was claimed and never created", id)
			return
		}
		length := creation.Args.TTLSeconds * histories.Second
		earliest := recording.Timeline.Earliest(call.Start, length)
		if ghost {
			// Who did not wait for the answer may have had the claim undone at any time.
			earliest = call.Start
		}
		add(id, &step{
			call: call, until: until, ghost: ghost,
			earliest: earliest, latest: recording.Timeline.Latest(until, length),
		})
	}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Op == "claimTask" && call.Outcome == histories.OK {
			claim(call.Result.Task, call, call.End, false)
		}
	}
	for _, ghost := range ghostClaims(recording, facts, check) {
		claim(ghost.task, ghost.call, ghost.until, true)
	}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Op == "completeTask" || call.Op == "failTask" || (call.Op == "getTask" && call.Outcome != histories.Unknown) {
			if creation := creations[call.Args.Task]; creation != nil {
				add(call.Args.Task, &step{call: call, until: facts.until[i], maxRetries: creation.Args.MaxRetries})
			}
		}
	}
	histories.Linearize(check, taskModel.ToModel(), withDeaths(facts, steps))
	return check
}

type ghostClaim struct {
	task  string
	call  *Call
	until int64
}

// ghostClaims are the claims of the log that no answer told of: each needs an unanswered call of its agent's.
func ghostClaims(recording *Recording, facts *Facts, check *Check) []ghostClaim {
	type pair struct{ task, agent string }
	answered := map[pair][]*Call{}
	unanswered := map[string][]int{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Op != "claimTask" {
			continue
		}
		if call.Outcome == histories.OK {
			key := pair{call.Result.Task, call.Args.Agent}
			answered[key] = append(answered[key], call)
		} else if call.Outcome == histories.Unknown {
			unanswered[call.Args.Agent] = append(unanswered[call.Args.Agent], i)
		}
	}
	var ghosts []ghostClaim
	for _, event := range recording.Log {
		if event.Topic != "task.claimed" {
			continue
		}
		at := recording.Timeline.Mono(event.OccurredAt)
		key := pair{event.Task, event.ClaimedBy}
		if i := within(answered[key], at); i >= 0 {
			answered[key] = append(answered[key][:i:i], answered[key][i+1:]...)
			continue
		}
		found := -1
		for j, index := range unanswered[event.ClaimedBy] {
			call := &recording.Calls[index]
			if call.Start-histories.ClockSlack <= at && at <= addSlack(facts.until[index]) {
				found = j
				break
			}
		}
		if found < 0 {
			check.Violated("%s was claimed for %s, which did not ask for it (sequence %d)",
				event.Task, event.ClaimedBy, event.Sequence)
			continue
		}
		open := unanswered[event.ClaimedBy]
		index := open[found]
		unanswered[event.ClaimedBy] = append(open[:found:found], open[found+1:]...)
		ghosts = append(ghosts, ghostClaim{event.Task, &recording.Calls[index], facts.until[index]})
	}
	return ghosts
}

// within finds a call that was under way at a moment.
func within(calls []*Call, at int64) int {
	for i, call := range calls {
		if call.Start-histories.ClockSlack <= at && at <= call.End+histories.ClockSlack {
			return i
		}
	}
	return -1
}

func addSlack(at int64) int64 {
	if at == histories.Never {
		return histories.Never
	}
	return at + histories.ClockSlack
}

// stepTask answers all tasks that there can be after a call on a task.
func stepTask(before task, each *step) []any {
	requeued := task{status: "PENDING", retries: before.retries}
	if each.died != "" {
		if before.status == "CLAIMED" && before.claimer == each.died {
			return []any{requeued}
		}
		return []any{before}
	}
	call := each.call
	// The task as it may be when the call meets it: as it was, or with its claim run out.
	var met []task
	if before.status != "CLAIMED" || call.Start <= before.latest {
		met = append(met, before)
	}
	if before.status == "CLAIMED" && before.earliest <= each.until {
		met = append(met, requeued)
	}
	var after []any
	for _, one := range met {
		if changed, legal := one.after(each); legal {
			after = append(after, changed)
		}
		// The log tells of claims and creations without an answer; of everything else it may have had no effect.
		if call.Outcome == histories.Unknown && !each.ghost && call.Op != "createTask" {
			after = append(after, one)
		}
	}
	return after
}

// after is the task after a call that was carried out or refused as its answer says; an unanswered one was carried out.
func (before task) after(each *step) (task, bool) {
	call := each.call
	mine := before.status == "CLAIMED" && before.claimer == call.Args.Agent
	switch {
	case call.Outcome == histories.Refused:
		repeated := before.status == "COMPLETED" && before.claimer == call.Args.Agent &&
			before.output == call.Args.Output && call.Op == "completeTask"
		switch call.Code {
		case "task_not_found":
			return before, before.status == ""
		case "task_not_yours":
			return before, before.status == "CLAIMED" && !mine
		case "task_not_claimed":
			return before, before.status != "CLAIMED" && before.status != "" && !repeated
		}
	case call.Op == "createTask":
		return task{status: "PENDING"}, before.status == ""
	case call.Op == "claimTask":
		told := call.Outcome == histories.Unknown || call.Result.RetryCount == before.retries
		claimed := task{"CLAIMED", call.Args.Agent, before.retries, "", each.earliest, each.latest}
		return claimed, before.status == "PENDING" && told
	case call.Op == "completeTask":
		if mine {
			return task{status: "COMPLETED", claimer: call.Args.Agent, retries: before.retries, output: call.Args.Output}, true
		}
		repeated := before.status == "COMPLETED" && before.claimer == call.Args.Agent && before.output == call.Args.Output
		return before, repeated
	case call.Op == "failTask":
		if before.retries < each.maxRetries {
			return task{status: "PENDING", retries: before.retries + 1}, mine
		}
		return task{status: "DEAD", claimer: call.Args.Agent, retries: before.retries}, mine
	case call.Op == "getTask":
		seen := call.Result
		same := seen.Status == before.status && seen.ClaimedBy == before.claimer &&
			seen.RetryCount == before.retries && seen.Output == before.output
		return before, same
	}
	return before, false
}
