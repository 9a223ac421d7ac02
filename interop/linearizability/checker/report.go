// Finds out whether a recording keeps the promises: `checker FOLDER` prints a report as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Check is one promise, and where it was broken.
type Check struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Examined counts what the check looked at: partitions, events, calls.
	Examined   int      `json:"examined"`
	Violations []string `json:"violations"`
	// Found counts the violations; only the first ones are written out.
	Found int `json:"found"`
}

const violationsShown = 5

func (check *Check) violated(format string, values ...any) {
	check.Found++
	if check.Found <= violationsShown {
		check.Violations = append(check.Violations, fmt.Sprintf(format, values...))
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: checker FOLDER")
		os.Exit(2)
	}
	recording, err := readRecording(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	facts := gather(recording)
	checks := []*Check{
		checkLeases(recording, facts),
		checkElections(recording, facts),
		checkTasks(recording, facts),
		checkFencingInHistory(recording),
		checkFencingInLog(recording),
		checkFencedWrites(recording, facts),
		checkLeadership(recording),
		checkTaskFlow(recording),
		checkSequence(recording),
		checkSightings(recording),
		checkAcknowledged(recording, facts),
		checkCauses(recording, facts),
		checkEnds(recording),
		checkDeaths(recording),
		checkLists(recording),
		checkTime(recording, facts),
	}
	if err := json.NewEncoder(os.Stdout).Encode(checks); err != nil {
		os.Exit(2)
	}
}
