//! Fingerprints of lines, by which GitHub tells whether a finding was there before.
//!
//! GitHub's own `upload-sarif` computes the same numbers and complains about others, so they follow
//! its rules: a rolling hash of the 100 characters from the beginning of a line that are not spaces
//! or tabs, and how many lines have had the same hash so far.

use std::collections::{HashMap, VecDeque};

/// How many characters a fingerprint covers.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// What stands for the end of the file.
const END_OF_FILE: u64 = 65_535;

/// Returns the fingerprint of each line of `text`: `37dfbfa3e4a91e79:1`.
pub fn of_lines(text: &str) -> Vec<String> {
    let mut hasher = Hasher::new();
    let mut characters = text.encode_utf16().peekable();
    let mut begins_line = true;
    while let Some(character) = characters.next() {
        let character = match character {
            SPACE | TAB => continue,
            CARRIAGE_RETURN => {
                characters.next_if_eq(&LINE_FEED);
                LINE_FEED
            }
            character => character,
        };
        hasher.push(character.into(), begins_line);
        begins_line = character == LINE_FEED;
    }
    hasher.push(END_OF_FILE, begins_line);
    hasher.finish()
}

const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;
const LINE_FEED: u16 = b'\n' as u16;
const CARRIAGE_RETURN: u16 = b'\r' as u16;

/// A rolling hash of the last characters.
struct Hasher {
    hash: u64,
    /// FACTOR to the power of WINDOW: what the oldest character weighs as it leaves.
    weight_of_oldest: u64,
    /// The last characters, and whether a line begins with each.
    window: VecDeque<(u64, bool)>,
    occurrences: HashMap<u64, usize>,
    fingerprints: Vec<String>,
}

impl Hasher {
    fn new() -> Self {
        Hasher {
            hash: 0,
            weight_of_oldest: FACTOR.wrapping_pow(WINDOW as u32),
            window: VecDeque::from([(0, false); WINDOW]),
            occurrences: HashMap::new(),
            fingerprints: Vec::new(),
        }
    }

    fn push(&mut self, character: u64, begins_line: bool) {
        let (oldest, oldest_begins_line) = self.window.pop_front().unwrap_or_default();
        // The window holds all characters that the line's fingerprint covers.
        if oldest_begins_line {
            let count = self.occurrences.entry(self.hash).or_default();
            *count += 1;
            self.fingerprints.push(format!("{:x}:{count}", self.hash));
        }
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(character)
            .wrapping_sub(self.weight_of_oldest.wrapping_mul(oldest));
        self.window.push_back((character, begins_line));
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.push(0, false);
        }
        self.fingerprints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash of `characters` and of the zeros that fill the window, written down directly.
    fn hash(characters: &str) -> u64 {
        let characters = characters
            .encode_utf16()
            .map(u64::from)
            .chain([END_OF_FILE]);
        let mut padded: Vec<u64> = characters.collect();
        padded.resize(WINDOW, 0);
        padded.iter().fold(0, |hash: u64, character| {
            hash.wrapping_mul(FACTOR).wrapping_add(*character)
        })
    }

    #[test]
    fn spaces_and_the_ends_of_lines_do_not_count() {
        let expected = vec![
            format!("{:x}:1", hash("a:b\n")),
            format!("{:x}:1", hash("")),
        ];
        assert_eq!(of_lines("a: b\n"), expected);
        assert_eq!(of_lines("\ta:b\r\n"), expected);
    }

    #[test]
    fn equal_lines_are_counted() {
        let line = format!("{}\n", "x".repeat(WINDOW));
        let fingerprints = of_lines(&line.repeat(3));
        assert_eq!(fingerprints[0].split_once(':').unwrap().1, "1");
        assert_eq!(fingerprints[1].split_once(':').unwrap().1, "2");
        assert_eq!(
            fingerprints[0].split_once(':').unwrap().0,
            fingerprints[1].split_once(':').unwrap().0
        );
        assert_eq!(fingerprints.len(), 4);
    }
}
