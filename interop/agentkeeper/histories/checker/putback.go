// L6, J5: a store that was put back from a copy goes on above all that was given since, and says so to whoever saw more.
package main

import "histories"

func checkPutBack(recording *Recording) *Check {
	check := &Check{ID: "put-back", Name: "L6 after a store was put back tokens rise above all others, and the gap is told"}
	afterwards := recording.Afterwards
	if !afterwards.GapTold {
		check.Violated("no watcher was told that the store was put back")
	}
	greatest := Number(0)
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if call.Outcome == histories.OK && call.Op == "acquire" && call.Result.Acquired {
			greatest = max(greatest, call.Result.Token)
		}
	}
	for _, event := range recording.Log {
		if event.Topic == "lease.acquired" {
			greatest = max(greatest, event.Token)
		}
	}
	for _, token := range afterwards.Tokens {
		check.Examined++
		if token <= greatest {
			check.Violated("token %d was given after token %d", token, greatest)
		}
		greatest = max(greatest, token)
	}
	return check
}
