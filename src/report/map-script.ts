/** What the map does: it shows the entries that fit what is searched for. Without it all of them are shown. */

export const MAP_SCRIPT = `
'use strict';
const field = (id) => document.getElementById(id);
const fields = ['search', 'claim', 'value', 'issuer', 'target'].map(field);
const [search, claim, value, issuer, target] = fields;
const cards = [...document.querySelectorAll('article')];
const texts = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
const escaped = (text) => text.replace(/[\\\\^$.*+?()[\\]{}|/-]/g, '\\\\$&');
const fits = (pattern, text) => new RegExp('^' + pattern.split('*').map(escaped).join('[^]*') + '$', 'i').test(text);
const namesValue = (row, text) =>
  [...row.querySelectorAll('[data-value]')].some(({ dataset }) =>
    dataset.value.toLowerCase().includes(text.toLowerCase()) || (dataset.kind === 'like' && fits(dataset.value, text)));
const hasClaim = (card) =>
  [...card.querySelectorAll('[data-claim]')].some((row) =>
    (claim.value === '' || row.dataset.claim === claim.value) && (value.value === '' || namesValue(row, value.value.trim())));
const isShown = (card) =>
  search.value.toLowerCase().split(/\\s+/).every((word) => texts.get(card).includes(word)) &&
  (issuer.value === '' || card.dataset.issuers.split(' ').includes(issuer.value)) &&
  (target.value === '' || card.dataset.targets.split(' ').includes(target.value)) &&
  ((claim.value === '' && value.value === '') || hasClaim(card));
const update = () => {
  let shown = 0;
  for (const card of cards) {
    card.hidden = !isShown(card);
    if (!card.hidden) shown += 1;
  }
  field('none').hidden = shown > 0;
  field('count').textContent = shown === cards.length ? cards.length + ' shown' : shown + ' of ' + cards.length + ' shown';
};
for (const one of fields) one.addEventListener('input', update);
document.addEventListener('keydown', (event) => {
  const typing = fields.includes(document.activeElement);
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
  }
  if (event.key === 'Escape' && typing) {
    for (const one of fields) one.value = '';
    update();
  }
});
field('filters').hidden = false;
update();
`;
