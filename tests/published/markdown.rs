//! What the tests read of Markdown: fenced blocks, links and headings.

/// A fenced block of code.
pub struct Block {
    /// What stands behind the fence: `yaml`.
    pub language: String,
    /// The comment on the line before it, `<!-- … -->`; empty where there is none.
    pub mark: String,
    /// Its lines, without the fence's indentation.
    pub text: String,
}

/// The fenced blocks of `markdown`.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let indentation = line.len() - line.trim_start().len();
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| line.trim() != "```");
            let text = inside.map(|line| line.get(indentation..).unwrap_or_default());
            let mark = before
                .strip_prefix("<!-- ")
                .and_then(|rest| rest.strip_suffix(" -->"));
            blocks.push(Block {
                language: language.to_owned(),
                mark: mark.unwrap_or_default().to_owned(),
                text: text.map(|line| format!("{line}\n")).collect(),
            });
        }
        before = line;
    }
    blocks
}

/// `markdown` without its fenced blocks.
pub fn prose(markdown: &str) -> String {
    let mut fenced = false;
    let outside = markdown.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    outside.map(|line| format!("{line}\n")).collect()
}

/// The targets of the links in `markdown`.
pub fn links(markdown: &str) -> Vec<String> {
    let prose = prose(markdown);
    let targets = prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets.map(str::to_owned).collect()
}

/// The anchors of the headings in `markdown`, as GitHub makes them.
pub fn anchors(markdown: &str) -> Vec<String> {
    let prose = prose(markdown);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let lower = heading
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .replace(' ', "-");
        lower
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            .collect()
    };
    headings.map(anchor).collect()
}
