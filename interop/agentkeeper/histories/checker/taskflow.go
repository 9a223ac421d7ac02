// J4 over all tasks, by the log: claims begin and end in pairs with their leases, ends are final, and none is lost.
package main

func checkTaskFlow(recording *Recording) *Check {
	check := &Check{ID: "task-flow", Name: "J4 no task is lost, by the log"}
	state := newState(recording)
	maxRetries := map[string]int64{}
	counts := map[string]int{}
	for i, event := range recording.Log {
		state.before(event)
		if event.Task != "" {
			check.Examined++
			before, known := state.tasks[event.Task]
			var previous Event
			if i > 0 {
				previous = recording.Log[i-1]
			}
			if event.Topic == "task.created" {
				maxRetries[event.Task] = event.MaxRetries
				counts["created"]++
			} else {
				counts[before.status]--
			}
			counts[event.Status]++
			if problem := wrongMove(before, known, event, previous); problem != "" {
				check.Violated("%s: %s (sequence %d)", event.Task, problem, event.Sequence)
			}
			if event.RetryCount > maxRetries[event.Task] {
				check.Violated("%s is at retry %d of %d", event.Task, event.RetryCount, maxRetries[event.Task])
			}
		}
		state.apply(event)
	}
	if left := counts["PENDING"] + counts["CLAIMED"] + counts["COMPLETED"] + counts["DEAD"]; counts["created"] != left {
		check.Violated("%d tasks were created and %d are there", counts["created"], left)
	}
	return check
}

// wrongMove says what is wrong with a change of a task; a claim and its end stand next to those of its lease.
func wrongMove(before TaskState, known bool, event, previous Event) string {
	ended := previous.Key == event.Task && previous.Agent == before.claimer &&
		(previous.Topic == "lease.released" || previous.Topic == "lease.expired")
	fromClaimed := known && before.status == "CLAIMED" && ended
	switch event.Topic {
	case "task.created":
		if known || event.Status != "PENDING" || event.RetryCount != 0 {
			return "is created although it is there"
		}
	case "task.claimed":
		granted := previous.Key == event.Task && previous.Agent == event.ClaimedBy &&
			(previous.Topic == "lease.acquired" || previous.Topic == "lease.renewed")
		if before.status != "PENDING" || event.Status != "CLAIMED" || event.ClaimedBy == "" || !granted {
			return "is claimed although it is " + before.status + ", or without its lease"
		}
		if event.RetryCount != before.retries {
			return "changes its retries when it is claimed"
		}
	case "task.completed", "task.dead":
		if !fromClaimed || event.ClaimedBy != before.claimer || previous.Topic != "lease.released" {
			return "ends although it is " + before.status + ", for another than its claimer, or without its lease"
		}
		if event.RetryCount != before.retries {
			return "changes its retries when it ends"
		}
	case "task.requeued":
		step := event.RetryCount - before.retries
		if !fromClaimed || event.ClaimedBy != "" || event.Status != "PENDING" || step < 0 || step > 1 {
			return "is requeued although it is " + before.status + ", or not as a waiting task"
		}
	default:
		return "has the unknown topic " + event.Topic
	}
	return ""
}
