// An agent that asks back: its task stays open until it knows enough. Until Ctrl-C.
import { bindufy, type ChatMessage, inputRequired } from "@x/bindu-bridge";

const url = process.argv[2] ?? "http://localhost:3781";

const questions = ["Where do you want to go?", "When do you want to leave?"];

const isOfUser = ({ role }: ChatMessage): boolean => role === "user";

const agent = await bindufy(
  { author: "you@example.com", name: "travel", description: "Books journeys", deployment: { url } },
  (_, { history }) => {
    // The whole conversation comes with each message: what was said first is the wish, all else are answers.
    const [, ...answers] = history.filter(isOfUser).map(({ content }) => content);
    const question = questions[answers.length];
    return question === undefined ? `Booked: ${answers.join(", ")}` : inputRequired(question);
  },
  { coreAddress: process.env.BINDU_CORE, handleSignals: true },
);
console.log(`ready at ${agent.agentUrl}`);
await agent.closed;
console.log("stopped");
