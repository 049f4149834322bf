//! Fingerprints of lines, by which GitHub tells whether a finding was there before.
//!
//! GitHub's own `upload-sarif` computes the same numbers and complains about others, so they follow
//! its rules (`src/fingerprints.ts` of github/codeql-action): a rolling hash of the first 100
//! characters from the beginning of a line that are not spaces or tabs, whichever lines they are in,
//! and how many lines have had this hash so far.

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
        let code = character.into();
        hasher.push(Character { code, begins_line });
        begins_line = character == LINE_FEED;
    }
    let code = END_OF_FILE;
    hasher.push(Character { code, begins_line });
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
    /// The last characters, the oldest first.
    window: VecDeque<Character>,
    /// How many lines have had a hash so far.
    occurrences: HashMap<u64, usize>,
    fingerprints: Vec<String>,
}

/// A character in the window. The default stands before the beginning and behind the end of a file.
#[derive(Clone, Copy, Default)]
struct Character {
    /// The code unit of UTF-16.
    code: u64,
    /// Whether a line begins with the character.
    begins_line: bool,
}

impl Hasher {
    fn new() -> Self {
        Hasher {
            hash: 0,
            weight_of_oldest: FACTOR.wrapping_pow(WINDOW as u32),
            window: VecDeque::from([Character::default(); WINDOW]),
            occurrences: HashMap::new(),
            fingerprints: Vec::new(),
        }
    }

    fn push(&mut self, character: Character) {
        let oldest = self.window.pop_front().unwrap_or_default();
        // The hash is still that of this character and the 99 after it: what the fingerprint covers.
        if oldest.begins_line {
            let count = self.occurrences.entry(self.hash).or_default();
            *count += 1;
            self.fingerprints.push(format!("{:x}:{count}", self.hash));
        }
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(character.code)
            .wrapping_sub(self.weight_of_oldest.wrapping_mul(oldest.code));
        self.window.push_back(character);
    }

    /// Pushes the last lines out of the window, and returns all fingerprints.
    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.push(Character::default());
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

    /// What `upload-sarif` computes for this text.
    #[test]
    fn fingerprints_are_those_of_upload_sarif() {
        let text = "kind: Pod\r\n\tname: é\u{1f600}\r \nkind: Pod";
        let expected = [
            "5b6bff3383e69624:1",
            "bfa8892a92a88493:1",
            "ddf42b6de989be18:1",
            "1c2a20dcc1c7e70e:1",
        ];
        assert_eq!(of_lines(text), expected);
        assert_eq!(of_lines(""), ["c129715d7a2bc9a3:1"]);
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
