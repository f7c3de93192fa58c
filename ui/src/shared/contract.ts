/** The program's words, as the window knows them: generated from Rust, and read from here only. */
export type * from '../bindings';
