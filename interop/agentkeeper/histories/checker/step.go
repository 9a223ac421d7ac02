// A call, or what the log tells, as the models of the state machines see it.
package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// step is an operation of a history: a call, or a death or a change out of the log. Models get pointers to it.
type step struct {
	call *Call
	// seen is a change of leadership that the log tells of.
	seen *Event
	// died is the agent of a death.
	died string
	// until is the last moment at which the operation can have had its effect.
	until int64
	// earliest and latest bound the end of what the operation grants, if it grants something.
	earliest, latest int64
	maxRetries       int64
	// ghost is a claim that the log knows although its call was not answered.
	ghost bool
}

func (each *step) String() string {
	if each.died != "" {
		return "death of " + each.died
	}
	if each.seen != nil {
		return fmt.Sprintf("%s leads in term %d", each.seen.Leader, each.seen.Term)
	}
	call := each.call
	return fmt.Sprintf("%s %s%s%s by %s: %s %s %v", call.Op, call.Args.Key, call.Args.Group, call.Args.Task,
		call.Args.Agent, call.Outcome, call.Code, call.Result)
}

func operation(each *step, start int64) porcupine.Operation {
	return porcupine.Operation{Input: each, Call: start, Return: each.until}
}
