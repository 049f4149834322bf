//! The fields that lead to a value in an object or in the settings, as messages write them.

use std::fmt;

use crate::text;

/// The longest path that a message shows, in characters. Objects of a custom kind may nest deeply and
/// have long keys.
const LONGEST_PATH: usize = 240;

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step<'a> {
    /// The field of an object.
    Field(&'a str),
    /// The entry of a list, by its index.
    Entry(usize),
}

/// The fields and entries that lead from an object to a value in it.
///
/// `Display` writes `spec.pods[0].template`. If a path is too long for a message, `Display` writes
/// three dots and the end of the path, because the end says most about the place. The steps before that
/// end are not read, because an object may have a thousand long paths.
#[derive(Clone, Debug, Default)]
pub struct FieldPath<'a> {
    pub steps: Vec<Step<'a>>,
}

impl<'a> FieldPath<'a> {
    /// Returns the first `length` steps of this path.
    pub fn first_steps(&self, length: usize) -> FieldPath<'a> {
        FieldPath {
            steps: self.steps[..length].to_vec(),
        }
    }
}

/// Writes a step with the punctuation before it: `.spec` or `[0]`. What is written is ASCII.
impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Field(key) => f.write_str(&text::format_step(key)),
            Step::Entry(index) => write!(f, "[{index}]"),
        }
    }
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last_steps = Vec::new();
        let mut length = 0;
        for step in self.steps.iter().rev() {
            let step = step.to_string();
            length += step.len();
            last_steps.push(step);
            // `length` counts the dot before the first field, which is removed below.
            if length > LONGEST_PATH + 1 {
                break;
            }
        }
        last_steps.reverse();

        let path = last_steps.concat();
        let path = path.strip_prefix('.').unwrap_or(&path);
        if path.len() <= LONGEST_PATH {
            return f.write_str(path);
        }
        let end = &path[path.len() - LONGEST_PATH..];
        write!(f, "...{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_fields_and_entries() {
        let steps = vec![
            Step::Field("spec"),
            Step::Field("pods"),
            Step::Entry(2),
            Step::Field("example.com/pod"),
        ];
        assert_eq!(
            FieldPath { steps }.to_string(),
            "spec.pods[2][example.com/pod]"
        );
        assert_eq!(FieldPath::default().to_string(), "");
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        let key = "k".repeat(99);
        let steps = vec![Step::Field(&key); 4];
        let expected = format!("...{}.{key}.{key}", &key[..40]);
        assert_eq!(FieldPath { steps }.to_string(), expected);
    }

    #[test]
    fn dots_say_that_steps_are_missing_even_if_the_others_are_exactly_as_long_as_may_be() {
        let keys = ["k".repeat(119), "k".repeat(120)];
        let steps = vec![
            Step::Field("spec"),
            Step::Field(&keys[0]),
            Step::Field(&keys[1]),
        ];
        let last_steps = keys.join(".");
        assert_eq!(last_steps.len(), LONGEST_PATH);
        assert_eq!(FieldPath { steps }.to_string(), format!("...{last_steps}"));
    }
}
