// J2: tokens grow over all grants of all keys, and none is used twice. No check of one key alone can see this.
package main

import (
	"histories"
	"sort"
)

// grant is what the history tells of one token.
type grant struct {
	token      Number
	key, agent string
	// The grant was made after this moment and before that one.
	after, before int64
	// released is when a release was answered; never without one.
	released int64
}

func checkFencingInHistory(recording *Recording) *Check {
	check := &Check{ID: "tokens-history", Name: "J2 fencing tokens, all keys together, by the history"}
	unanswered := map[holder]int64{}
	byToken := map[Number]*grant{}

	for i := range recording.Calls {
		call := &recording.Calls[i]
		by := holder{call.Args.Key, call.Args.Agent}
		if call.Op == "acquire" && call.Outcome == histories.Unknown {
			if _, open := unanswered[by]; !open {
				unanswered[by] = call.Start
			}
		}
		held := call.Outcome == histories.OK && ((call.Op == "acquire" && call.Result.Acquired) || call.Op == "renew")
		if !held {
			continue
		}
		token := call.Result.Token
		known := byToken[token]
		if known == nil {
			// The answer may show a grant that an earlier, unanswered call had made.
			after := call.Start
			if start, open := unanswered[by]; open {
				after = min(after, start)
			}
			byToken[token] = &grant{token, call.Args.Key, call.Args.Agent, after, call.End, histories.Never}
			continue
		}
		if known.key != call.Args.Key || known.agent != call.Args.Agent {
			check.Violated("token %d is of %s on %s and of %s on %s", token, known.agent, known.key,
				call.Args.Agent, call.Args.Key)
		}
		known.before = min(known.before, call.End)
	}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		if known := byToken[call.Args.Token]; call.Op == "release" && call.Outcome == histories.OK && known != nil {
			known.released = min(known.released, call.End)
		}
	}
	for i := range recording.Calls {
		call := &recording.Calls[i]
		known := byToken[call.Result.Token]
		if known != nil && call.Outcome == histories.OK && call.Start > known.released {
			check.Violated("token %d on %s is shown by a call that began after its release was answered", known.token, known.key)
		}
	}

	grants := make([]*grant, 0, len(byToken))
	for _, each := range byToken {
		grants = append(grants, each)
	}
	check.Examined = len(grants)
	byAfter := append([]*grant(nil), grants...)
	sort.Slice(grants, func(i, j int) bool { return grants[i].before < grants[j].before })
	sort.Slice(byAfter, func(i, j int) bool { return byAfter[i].after < byAfter[j].after })
	made := 0
	var greatest *grant
	for _, later := range byAfter {
		for made < len(grants) && grants[made].before < later.after {
			if greatest == nil || grants[made].token > greatest.token {
				greatest = grants[made]
			}
			made++
		}
		if greatest != nil && greatest.token >= later.token {
			check.Violated("token %d on %s was granted before token %d on %s", greatest.token, greatest.key,
				later.token, later.key)
		}
	}
	return check
}

func checkFencingInLog(recording *Recording) *Check {
	check := &Check{ID: "tokens-log", Name: "J2 fencing tokens, all keys together, by the log"}
	last := Number(0)
	for _, event := range recording.Log {
		if event.Topic != "lease.acquired" {
			continue
		}
		check.Examined++
		if last != 0 && event.Token != last+1 {
			check.Violated("token %d of %s follows token %d (sequence %d)", event.Token, event.Key, last, event.Sequence)
		}
		last = event.Token
	}
	return check
}

// checkFencedWrites holds the guarded resource to its purpose: who still holds is let through, who was followed is not.
func checkFencedWrites(recording *Recording, facts *Facts) *Check {
	check := &Check{ID: "fenced-writes", Name: "J2 fenced writes"}
	type held struct{ asked, from int64 }
	confirmed := map[Number]held{}
	released := map[Number]bool{}
	type write struct {
		start, end int64
		token      Number
	}
	accepted := map[string][]write{}

	// In the order of their ends, so that what was confirmed before a write is known when it comes.
	calls := make([]*Call, len(recording.Calls))
	for i := range recording.Calls {
		calls[i] = &recording.Calls[i]
	}
	sort.SliceStable(calls, func(i, j int) bool { return calls[i].End < calls[j].End })
	for _, call := range calls {
		switch {
		case call.Outcome == histories.OK && (call.Op == "acquire" && call.Result.Acquired || call.Op == "renew"):
			confirmed[call.Result.Token] = held{call.Start, call.End}
		case call.Op == "release":
			released[call.Args.Token] = true
		case call.Op == "fencedWrite" && call.Outcome == histories.OK:
			check.Examined++
			token := call.Args.Token
			if call.Result.Accepted {
				accepted[call.Args.Key] = append(accepted[call.Args.Key], write{call.Start, call.End, token})
				continue
			}
			lease, known := confirmed[token]
			death, dead := facts.deaths[call.Args.Agent]
			alive := !dead || death.low > call.End
			until := facts.heldUntil(recording, holder{call.Args.Key, call.Args.Agent}, lease.asked, call.End)
			if known && !released[token] && alive && lease.from <= call.Start && call.End < until {
				check.Violated("a write of %s to %s under token %d was refused while its lease held",
					call.Args.Agent, call.Args.Key, token)
			}
		}
	}
	for key, writes := range accepted {
		sort.Slice(writes, func(i, j int) bool { return writes[i].start < writes[j].start })
		greatest := Number(0)
		ended := append([]write(nil), writes...)
		sort.Slice(ended, func(i, j int) bool { return ended[i].end < ended[j].end })
		next := 0
		for _, each := range writes {
			for next < len(ended) && ended[next].end < each.start {
				greatest = max(greatest, ended[next].token)
				next++
			}
			if each.token < greatest {
				check.Violated("%s took a write under token %d after one under token %d", key, each.token, greatest)
			}
		}
	}
	return check
}
