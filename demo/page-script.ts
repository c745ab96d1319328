/**
 * The page's script, for browsers. It shows names from responses as text only, never as markup,
 * and asks again a second after the last answer, so a slow origin is not flooded.
 */
export const PAGE_SCRIPT = `
const counts = new Map();
const result = document.getElementById('result');

async function ask() {
  let variant = 'no answer', failed = true;
  try {
    const response = await fetch('/api/whoami', { cache: 'no-store' });
    variant = response.headers.get('x-demo-variant') ?? 'not from a demo origin';
    failed = !response.ok;
  } catch (error) {
    console.warn(error);
  }
  const count = counts.get(variant) ?? { answers: 0, errors: 0 };
  counts.set(variant, { answers: count.answers + 1, errors: count.errors + (failed ? 1 : 0) });
  document.getElementById('counts').replaceChildren(...[...counts].map(toRow));
  setTimeout(ask, 1000);
}

function toRow([variant, { answers, errors }]) {
  const row = document.createElement('tr');
  row.append(...[variant, answers, errors].map(value => {
    const cell = document.createElement('td');
    cell.textContent = value;
    return cell;
  }));
  return row;
}

document.getElementById('upload').onclick = async () => {
  try {
    const response = await fetch('/upload', { method: 'POST', body: new Uint8Array(2 ** 20) });
    result.textContent = await response.text();
  } catch (error) {
    result.textContent = 'upload failed: ' + error.message;
  }
};

document.getElementById('echo').onclick = () => {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
  socket.onopen = () => socket.send('hello at ' + new Date().toLocaleTimeString());
  socket.onmessage = event => { result.textContent = 'echoed: ' + event.data; socket.close(1000); };
  socket.onerror = () => { result.textContent = 'the WebSocket failed'; };
};

ask();
`;
