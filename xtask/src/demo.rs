//! The README's example, judged as the README says it is.

use std::path::PathBuf;

use clap::Args;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::check::{self, Output};
use crate::judge::{self, Input, Judge};
use crate::source::{self, Source};
use crate::table::Style;
use crate::{Error, text};

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// The file with the examples
    #[arg(long, value_name = "FILE", default_value = "README.md")]
    readme: PathBuf,
    /// The policy's module
    #[arg(long, value_name = "FILE", default_value = "policy.wasm")]
    module: PathBuf,
}

/// The block that follows the comment `<!-- example: NAME -->` in Markdown.
pub fn example(markdown: &str, name: &str) -> Option<String> {
    let comment = format!("<!-- example: {name} -->");
    let mut announced = false;
    let mut block: Option<String> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Html(html) if html.trim() == comment => announced = true,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if announced => {
                block = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) if block.is_some() => return block,
            _ => {}
        }
    }
    None
}

/// Judges the README's DaemonSet without settings and with the README's rule;
/// returns both tables.
///
/// # Errors
/// When the README lacks an example, or a verdict is not the one it promises;
/// the tables are in the error then.
pub fn demo(arguments: &Demo, style: Style) -> Result<String, Error> {
    let module = judge::load_module(&arguments.module)?;
    let readme = source::read(&arguments.readme)?;
    let find = |name: &str| {
        example(&readme.text, name)
            .ok_or_else(|| Error::at(&readme.name, format!("no example {name}")))
    };
    let manifest = Source {
        name: "daemonset.yaml".to_owned(),
        text: find("daemonset.yaml")?,
    };
    let settings = judge::parse_settings("settings.yaml", &find("settings.yaml")?)?;
    let cases = [
        ("without settings", serde_json::json!({}), true),
        ("with the README's rule", settings, false),
    ];
    let mut tables = String::new();
    for (title, settings, denied) in cases {
        let judge = Judge::new(module.clone(), settings)?;
        let mut input = Input::default();
        input.add(&manifest);
        let judged = text::counted(input.objects.len(), "object");
        let empty = input.objects.is_empty();
        let report = check::report(&judge, input, Output::Table, style);
        tables += &format!("The README's DaemonSet {title}:\n\n{}\n", report.text);
        if empty || !report.unreadable.is_empty() || report.denied != denied {
            let expected = if denied { "denied" } else { "admitted" };
            return Err(Error::new(format!(
                "{tables}The README says it is {expected}; {judged} judged."
            )));
        }
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKDOWN: &str = "# T\n\n```yaml\nno: 1\n```\n\n<!-- example: a.yaml -->\n```yaml\na: 1\n\nb: 2\n```\n\n<!-- example: c.yaml -->\n\nText.\n\n```yaml\nc: 3\n```\n";

    #[test]
    fn finds_the_block_after_the_comment() {
        assert_eq!(example(MARKDOWN, "a.yaml").unwrap(), "a: 1\n\nb: 2\n");
        assert_eq!(example(MARKDOWN, "c.yaml").unwrap(), "c: 3\n");
        assert_eq!(example(MARKDOWN, "b.yaml"), None);
    }
}
