// J1: the calls on one key are a legal history of a lease, whose time may run out anywhere in its window.
package main

import (
	"hash/fnv"
	"histories"

	"github.com/anishathalye/porcupine"
)

// lease is who holds a key; nobody if holder is "".
type lease struct {
	holder string
	// token is 0 while no answer has told it.
	token Number
	// The lease may be over from earliest on, and is over after latest.
	earliest, latest int64
}

var leaseModel = porcupine.NondeterministicModel{
	Init: func() []any { return []any{lease{}} },
	Step: func(state, input, _ any) []any { return stepLease(state.(lease), input.(*step)) },
	Hash: func(state any) uint64 {
		hash := fnv.New64a()
		hash.Write([]byte(state.(lease).holder))
		return hash.Sum64() ^ uint64(state.(lease).token) ^ uint64(state.(lease).earliest)
	},
}

func checkLeases(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "leases", Name: "J1 leases, key by key"}
	steps := map[string][]*step{}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		until := facts.until[i]
		isLease := call.Op == "acquire" || call.Op == "renew" || call.Op == "release"
		if !isLease || until == 0 || call.Code == "agent_dead" || call.Code == "agent_not_found" {
			continue
		}
		length := call.Args.TTLSeconds * histories.Second
		steps[call.Args.Key] = append(steps[call.Args.Key], &step{
			call:     call,
			until:    until,
			earliest: recording.Timeline.Earliest(call.Start, length),
			latest:   recording.Timeline.Latest(until, length),
		})
	}
	histories.Linearize(check, leaseModel.ToModel(), withDeaths(facts, steps))
	return check
}

// withDeaths makes partitions of the steps on each key and the deaths of those who took them.
func withDeaths(facts *Facts, steps map[string][]*step) map[string][]porcupine.Operation {
	partitions := map[string][]porcupine.Operation{}
	for key, ofKey := range steps {
		operations := make([]porcupine.Operation, 0, len(ofKey))
		for _, each := range ofKey {
			operations = append(operations, operation(each, each.call.Start))
		}
		for _, death := range facts.deathSteps(ofKey) {
			operations = append(operations, operation(death, facts.deaths[death.died].low))
		}
		partitions[key] = operations
	}
	return partitions
}

// stepLease answers all leases that there can be after a call on a lease.
func stepLease(before lease, each *step) []any {
	free := lease{}
	if each.died != "" {
		if before.holder == each.died {
			return []any{free}
		}
		return []any{before}
	}
	call := each.call
	agent, token := call.Args.Agent, call.Args.Token
	held := before.holder != "" && call.Start <= before.latest
	over := before.holder == "" || before.earliest <= each.until
	mine := held && before.holder == agent
	granted := lease{agent, call.Result.Token, each.earliest, each.latest}
	named := mine && (before.token == 0 || before.token == token)
	var after []any

	switch {
	case call.Op == "acquire" && call.Outcome == histories.OK && call.Result.Acquired:
		again := mine && (before.token == 0 || before.token == call.Result.Token)
		if over || again {
			after = append(after, granted)
		}
	case call.Op == "acquire" && call.Outcome == histories.OK:
		if held && !mine {
			after = append(after, before)
		}
	case call.Op == "acquire" && call.Outcome == histories.Unknown:
		if mine {
			after = append(after, widened(before, each))
		} else {
			after = append(after, before)
		}
		if over {
			// Who gave up gives back what it got, at any time from then on.
			after = append(after, lease{agent, 0, call.Start, each.latest})
		}
	case call.Op == "renew" && call.Outcome == histories.OK:
		if named && call.Result.Token == token {
			after = append(after, granted)
		}
	case call.Op == "renew" && call.Outcome == histories.Unknown:
		if named {
			after = append(after, widened(before, each))
		} else {
			after = append(after, before)
		}
	case call.Op == "release" && call.Outcome == histories.OK:
		if named {
			after = append(after, free)
		}
	case call.Op == "release" && call.Outcome == histories.Unknown:
		after = append(after, before)
		if named {
			after = append(after, free)
		}
	case call.Code == "lease_not_held":
		if over {
			after = append(after, free)
		}
	case call.Code == "lease_token_mismatch":
		// With an unknown token it may be this one or another.
		if held && !(mine && before.token == token) {
			after = append(after, before)
		}
	}
	return after
}

// widened is a lease that may or may not have been renewed.
func widened(before lease, each *step) lease {
	before.earliest = min(before.earliest, each.earliest)
	before.latest = max(before.latest, each.latest)
	return before
}
