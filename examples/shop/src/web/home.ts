// SPDX-License-Identifier: Apache-2.0
// The page that a person sees first.

export const HOME = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The shop</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto }
  pre { padding: 1rem; background: #f4f4f4; min-height: 3rem; white-space: pre-wrap }
  button { font: inherit; padding: .4rem 1rem }
</style>
<h1>The shop</h1>
<p>
  <button data-method="POST" data-path="/buy">Buy a tea</button>
  <button data-method="GET" data-path="/statement?lines=5">Statement</button>
  <button data-method="GET" data-path="/mail">Test mail</button>
</p>
<pre id="answer" role="status">Nothing asked yet.</pre>
<script>
  for (const button of document.querySelectorAll('button')) {
    button.addEventListener('click', async () => {
      const { method, path } = button.dataset;
      const answer = await fetch(path, { method });
      const text = await answer.text();
      document.getElementById('answer').textContent = answer.status + '\\n' + text;
    });
  }
</script>
</html>
`;
