//! What the tests read of Markdown: fenced blocks, links and headings.

/// The line that opens and closes a block of code.
const FENCE: &str = "```";

/// A fenced block of code.
pub struct Block {
    /// The word behind the opening fence, such as `yaml`.
    pub language: String,
    /// The text of the comment `<!-- … -->` on the line before the block; `None` if there is none.
    pub mark: Option<String>,
    /// The lines of the block, without the indentation of its fence.
    pub text: String,
}

/// The fenced blocks of `markdown`.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut previous_line = "";
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let unindented = line.trim_start();
        if let Some(language) = unindented.strip_prefix(FENCE) {
            let indentation = line.len() - unindented.len();
            blocks.push(Block {
                language: language.to_owned(),
                mark: comment(previous_line).map(str::to_owned),
                text: take_block(&mut lines, indentation),
            });
        }
        previous_line = line;
    }
    blocks
}

/// The text of a line that is a comment; `None` if it is something else.
fn comment(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- ")?.strip_suffix(" -->")
}

/// Takes the rest of a block from `lines`, its closing fence included, and returns it without that
/// fence and without `indentation`.
fn take_block<'m>(lines: &mut impl Iterator<Item = &'m str>, indentation: usize) -> String {
    let mut text = String::new();
    for line in lines {
        if line.trim() == FENCE {
            break;
        }
        // An empty line in an indented block is not indented.
        text.push_str(line.get(indentation..).unwrap_or_default());
        text.push('\n');
    }
    text
}

/// Returns `markdown` without its fenced blocks.
pub fn prose(markdown: &str) -> String {
    let mut prose = String::new();
    let mut is_in_block = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with(FENCE) {
            is_in_block = !is_in_block;
        } else if !is_in_block {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The targets of the links in `markdown`, as in `[text](target)`.
pub fn links(markdown: &str) -> Vec<String> {
    let prose = prose(markdown);
    let after_texts = prose.split("](").skip(1);
    let targets = after_texts.filter_map(|rest| rest.split(')').next());
    targets.map(str::to_owned).collect()
}

/// The anchors of the headings in `markdown`, as GitHub makes them.
pub fn anchors(markdown: &str) -> Vec<String> {
    let prose = prose(markdown);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(anchor).collect()
}

/// The anchor of a heading: `## Try it, now` has the anchor `try-it-now`.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim();
    let words = title.to_lowercase().replace(' ', "-");
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    words.chars().filter(is_kept).collect()
}
