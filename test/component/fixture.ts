/**
 * @module What a component supplies for the contract of all components to be tested on it: `fixture.ts` beside its own
 * tests, `test/exporter/udp/fixture.ts` for `src/exporter/udp`.
 */

/** Options over the defaults, and what follows the type of a source. */
export interface Settings {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly argument?: string;
}

/** A place for one component. */
export interface ComponentFixture extends Disposable {
  /** With these it starts. */
  readonly working: Settings;
  /** With these `start()` throws; or why nothing can make it throw. */
  readonly failing: Settings | { readonly never: string };
  /** What a start has made outside of the process and not taken back. @default nothing is made there */
  leftovers?(): readonly string[];
}

/** What `fixture.ts` exports. */
export interface FixtureModule {
  createFixture(): ComponentFixture;
  /** Whether this host cannot run the component. @default false */
  readonly isSkipped?: boolean;
}
