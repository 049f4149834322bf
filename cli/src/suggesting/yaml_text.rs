//! Writes texts in YAML so that every reader reads these very texts.

use windows_hostprocess_policy::hidden_characters::is_hidden;

use crate::reading::yaml;

/// Words that YAML 1.1 reads as something else than text.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Returns `text` as a scalar on one line: bare if nobody can misread it, else in single quotes,
/// which take the backslash of an account as it is, else in double quotes.
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().any(is_hidden) {
        double_quoted(text)
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Returns `texts` as a list on one line.
pub fn flow_list(texts: &[impl AsRef<str>]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| scalar(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// Returns `text` as a block scalar, which keeps the lines of a script: its header (`|-`) and its
/// lines. `None` if a block scalar cannot hold the text.
pub fn block_scalar(text: &str) -> Option<BlockScalar> {
    let can_hold = |c: char| c == '\n' || c == '\t' || !is_hidden(c);
    if !text.trim_end_matches('\n').contains('\n') || !text.chars().all(can_hold) {
        return None;
    }
    let chomping = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    // The number says how far the text is indented. Without the number, its first line that is not
    // empty would say so, and spaces at its beginning would count as indentation.
    let begins_with_space =
        text.starts_with('\n') || text.trim_start_matches('\n').starts_with([' ', '\t']);
    let indentation = if begins_with_space { "2" } else { "" };
    let block = BlockScalar {
        header: format!("|{indentation}{chomping}"),
        lines: text
            .strip_suffix('\n')
            .unwrap_or(text)
            .split('\n')
            .map(str::to_owned)
            .collect(),
    };
    block.reads_back(text).then_some(block)
}

/// A text that keeps its lines. The lines are to be indented by two columns more than what the
/// text belongs to.
pub struct BlockScalar {
    /// `|`, with how the text begins and ends.
    pub header: String,
    /// The lines.
    pub lines: Vec<String>,
}

impl BlockScalar {
    /// Returns whether a reader takes the block for `text`.
    fn reads_back(&self, text: &str) -> bool {
        let mut yaml = format!("- {}\n", self.header);
        for line in &self.lines {
            if !line.is_empty() {
                yaml += "  ";
            }
            yaml += line;
            yaml.push('\n');
        }
        yaml::read_single::<Vec<String>>(&yaml).is_ok_and(|read| read == [text])
    }
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-./".contains(c))
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

/// Returns `text` in double quotes, with an escape for what would end the line or hide. Letters
/// stay as they are.
fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\r' => quoted += "\\r",
            c if !is_hidden(c) => quoted.push(c),
            c => quoted += &escape_by_number(u32::from(c)),
        }
    }
    quoted + "\""
}

/// Returns the escape of a character by its number: four digits if they are enough, else eight.
fn escape_by_number(code_point: u32) -> String {
    if code_point <= 0xffff {
        format!("\\u{code_point:04x}")
    } else {
        format!("\\U{code_point:08x}")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::bare("calico-node", "calico-node")]
    #[case::tag("docker.io/a/b:v1", "'docker.io/a/b:v1'")]
    #[case::account(r"NT AUTHORITY\SYSTEM", r"'NT AUTHORITY\SYSTEM'")]
    #[case::star("*", "'*'")]
    #[case::boolean("off", "'off'")]
    #[case::nothing("", "''")]
    #[case::quotes("it's \"so\"", "'it''s \"so\"'")]
    #[case::letters("für Ω", "'für Ω'")]
    #[case::lines("a\n\tb\r\n", r#""a\n\tb\r\n""#)]
    #[case::hidden("a\u{1b}\u{202e}\\\"", r#""a\u001b\u202e\\\"""#)]
    fn scalars_are_read_back(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(scalar(text), expected);
        assert_eq!(yaml::read(&scalar(text)).unwrap(), [json!(text)]);
    }

    #[rstest]
    #[case::script("# für Windows\nif (x) {\n\ty\n}\n", "|")]
    #[case::no_last_line_break("a\nb", "|-")]
    #[case::several_at_the_end("a\nb\n\n", "|+")]
    #[case::indented_beginning("  a\nb\n", "|2")]
    #[case::trailing_spaces("a  \nb \n", "|")]
    fn a_block_scalar_holds_a_script(#[case] text: &str, #[case] header: &str) {
        assert_eq!(block_scalar(text).expect("a block scalar").header, header);
    }

    #[rstest]
    #[case::one_line("a")]
    #[case::one_line_with_its_end("a\n")]
    #[case::carriage_returns("a\r\nb\r\n")]
    #[case::hidden("a\nb\u{202e}\n")]
    fn other_texts_need_quotes(#[case] text: &str) {
        assert!(block_scalar(text).is_none());
    }
}
