/** Is it safe, what is it doing, what does it want from me: three answers, read in two seconds. */
import type { Answer, Answers } from '../text/delivery.ts';

const QUESTIONS = [
  ['safe', 'Is it safe?'],
  ['doing', 'What is it doing?'],
  ['wants', 'What does it want?'],
] as const;

export function ThreeAnswers({ answers }: { readonly answers: Answers }) {
  return (
    <dl class="answers">
      {QUESTIONS.map(([key, question]) => (
        <OneAnswer key={key} question={question} answer={answers[key]} />
      ))}
    </dl>
  );
}

function OneAnswer({ question, answer }: { readonly question: string; readonly answer: Answer }) {
  return (
    <div class={answer.tone}>
      <dt>
        <span class="dot" aria-hidden="true" /> {question}
      </dt>
      <dd>
        <strong>{answer.text}</strong>
        {answer.detail !== '' && <p>{answer.detail}</p>}
      </dd>
    </div>
  );
}
