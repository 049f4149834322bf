//! Damages to the bytes of a payload.

use proptest::prelude::*;
use proptest::sample::select;

use crate::dice::Dice;

/// The most bytes that a damage removes, repeats or replaces.
const LONGEST_RANGE: usize = 12;

/// What matters to the policy before it parses a payload: the marks of `src/unread.rs`, and what may
/// stand around them.
const WORDS: [&str; 8] = [
    "hostProcess",
    "CONNECT",
    "\\u0068",
    "true",
    "\"",
    "hostprocess-",
    "\\",
    "}",
];

/// A damage to a payload. Most of them happen to a range of a few bytes.
#[derive(Clone, Copy, Debug)]
pub enum Damage {
    /// Removes the range and everything behind it.
    Cut,
    /// Removes the range.
    Remove,
    /// Inserts a word before the range.
    InsertWord,
    /// Replaces the range by a word.
    ReplaceByWord,
    /// Repeats the range at the end of the payload.
    Repeat,
    /// Replaces each byte of the range.
    Scramble,
}

pub fn damage() -> impl Strategy<Value = Damage> {
    select(vec![
        Damage::Cut,
        Damage::Remove,
        Damage::InsertWord,
        Damage::ReplaceByWord,
        Damage::Repeat,
        Damage::Scramble,
    ])
}

impl Damage {
    /// Damages a range of `payload` that begins at `start`, which is not beyond its end.
    pub fn apply(self, payload: &mut Vec<u8>, start: usize, dice: &mut Dice) {
        let end = payload.len().min(start + 1 + dice.below(LONGEST_RANGE));
        let word = dice.pick(&WORDS);
        match self {
            Damage::Cut => payload.truncate(start),
            Damage::Remove => {
                payload.drain(start..end);
            }
            Damage::InsertWord => {
                payload.splice(start..start, word.bytes());
            }
            Damage::ReplaceByWord => {
                payload.splice(start..end, word.bytes());
            }
            Damage::Repeat => payload.extend_from_within(start..end),
            Damage::Scramble => {
                for byte in &mut payload[start..end] {
                    *byte = dice.byte();
                }
            }
        }
    }
}
