// Finds out whether a recording keeps AgentKeeper's promises: `checker FOLDER` prints a report as JSON.
package main

import "histories"

// Check is one promise, and where it was broken.
type Check = histories.Check

func main() {
	histories.Main(func(read *histories.Recording[Fields, Event, FinalState]) []*Check {
		recording := &Recording{Recording: read}
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
		if recording.Afterwards != nil {
			checks = append(checks, checkPutBack(recording))
		}
		return checks
	})
}
