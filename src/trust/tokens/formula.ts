/** Boolean formulas over numbered atoms, each kept once, so that equal ones have equal numbers. */

/** The number of a formula. */
export type Formula = number;

export const FALSE: Formula = 0;
export const TRUE: Formula = 1;

type Node =
  | { readonly kind: 'constant' }
  | { readonly kind: 'atom'; readonly atom: number }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Formula[] };

export class Formulas {
  readonly #nodes: Node[] = [{ kind: 'constant' }, { kind: 'constant' }];
  readonly #ids = new Map<string, Formula>();
  readonly #support: (ReadonlySet<number> | undefined)[] = [];
  /** For each formula what it becomes once an atom is known: of each atom first where it does not hold. */
  readonly #assigned: (Formula | undefined)[][] = [];

  atom(atom: number): Formula {
    return this.#intern(`a${atom}`, { kind: 'atom', atom });
  }

  not(of: Formula): Formula {
    if (of === FALSE || of === TRUE) return 1 - of;
    const node = this.#nodes[of];
    return node?.kind === 'not' ? node.of : this.#intern(`!${of}`, { kind: 'not', of });
  }

  and(...of: readonly Formula[]): Formula {
    return this.#combine('and', of, FALSE, TRUE);
  }

  or(...of: readonly Formula[]): Formula {
    return this.#combine('or', of, TRUE, FALSE);
  }

  /** The formula, once it is known whether the atom holds. */
  assign(formula: Formula, atom: number, value: boolean): Formula {
    if (!this.support(formula).has(atom)) return formula;
    const known = (this.#assigned[formula] ??= []);
    return (known[2 * atom + Number(value)] ??= this.#assign(formula, atom, value));
  }

  /** The atoms on which the formula depends. */
  support(formula: Formula): ReadonlySet<number> {
    const known = this.#support[formula];
    if (known !== undefined) return known;
    const node = this.#nodes[formula] ?? { kind: 'constant' };
    const found = new Set<number>();
    if (node.kind === 'atom') found.add(node.atom);
    if (node.kind === 'not') for (const atom of this.support(node.of)) found.add(atom);
    if (node.kind === 'and' || node.kind === 'or') {
      for (const part of node.of) for (const atom of this.support(part)) found.add(atom);
    }
    this.#support[formula] = found;
    return found;
  }

  #assign(formula: Formula, atom: number, value: boolean): Formula {
    const node = this.#nodes[formula] ?? { kind: 'constant' };
    if (node.kind === 'constant') return formula;
    if (node.kind === 'atom') return value ? TRUE : FALSE;
    if (node.kind === 'not') return this.not(this.assign(node.of, atom, value));
    const parts = node.of.map((part) => this.assign(part, atom, value));
    return node.kind === 'and' ? this.and(...parts) : this.or(...parts);
  }

  #combine(kind: 'and' | 'or', of: readonly Formula[], ruling: Formula, neutral: Formula): Formula {
    const parts = new Set<Formula>();
    for (const part of of) {
      const node = this.#nodes[part];
      if (node?.kind === kind) for (const inner of node.of) parts.add(inner);
      else parts.add(part);
    }
    parts.delete(neutral);
    if (parts.has(ruling)) return ruling;
    for (const part of parts) {
      const node = this.#nodes[part];
      if (node?.kind === 'not' && parts.has(node.of)) return ruling;
    }
    const sorted = [...parts].sort((left, right) => left - right);
    const [first, ...more] = sorted;
    if (first === undefined) return neutral;
    return more.length === 0 ? first : this.#intern(`${kind}${sorted.join()}`, { kind, of: sorted });
  }

  #intern(key: string, node: Node): Formula {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#nodes.push(node) - 1;
    this.#ids.set(key, id);
    return id;
  }
}
