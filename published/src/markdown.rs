//! Markdown documents: the code blocks that are marked for the tests, and the links.
//!
//! A comment `<!-- example: NAME -->` right before a code block names the block.

use std::collections::BTreeMap;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The named code blocks of `markdown`, by name.
///
/// # Panics
/// Where a name stands twice, or before something else than a code block.
#[must_use]
pub fn examples(markdown: &str) -> BTreeMap<String, String> {
    let mut examples = BTreeMap::new();
    let mut name = None;
    let mut block: Option<String> = None;
    for event in parse(markdown) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let comment = html.trim().strip_prefix("<!-- example: ");
                if let Some(comment) = comment.and_then(|rest| rest.strip_suffix(" -->")) {
                    assert_eq!(
                        name.replace(comment.to_owned()),
                        None,
                        "a name without a block"
                    );
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => block = Some(String::new()),
            Event::Text(text) if block.is_some() => block.get_or_insert_default().push_str(&text),
            Event::End(TagEnd::CodeBlock) => {
                if let (Some(name), Some(block)) = (name.take(), block.take()) {
                    let before = examples.insert(name.clone(), block);
                    assert_eq!(before, None, "two examples are named {name}");
                }
                block = None;
            }
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
            _ => assert_eq!(name, None, "the name stands before no code block"),
        }
    }
    assert_eq!(name, None, "the name stands before no code block");
    examples
}

/// The targets of all links and images of `markdown`, in order.
#[must_use]
pub fn links(markdown: &str) -> Vec<String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.to_string())
        }
        _ => None,
    };
    parse(markdown).filter_map(target).collect()
}

/// The anchors of the headings of `markdown`, as GitHub makes them.
#[must_use]
pub fn anchors(markdown: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut heading: Option<String> = None;
    for event in parse(markdown) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) if heading.is_some() => {
                heading.get_or_insert_default().push_str(&text);
            }
            Event::End(TagEnd::Heading(_)) => {
                anchors.extend(heading.take().map(|text| anchor(&text)))
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

fn parse(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_block_is_an_example() {
        let markdown = "<!-- example: a.yaml -->\n```yaml\na: 1\n```\n\n```text\nno name\n```\n";
        assert_eq!(
            examples(markdown),
            BTreeMap::from([("a.yaml".into(), "a: 1\n".into())])
        );
    }

    #[test]
    #[should_panic(expected = "the name stands before no code block")]
    fn a_name_before_a_paragraph_is_a_mistake() {
        let _ = examples("<!-- example: a.yaml -->\n\nA paragraph.\n");
    }

    #[test]
    fn links_and_anchors() {
        let markdown = "# The `nodes`, checked\n[a](b.md#c) in | ![d](e.png)\n";
        assert_eq!(links(markdown), ["b.md#c", "e.png"]);
        assert_eq!(anchors(markdown), ["the-nodes-checked"]);
    }
}
