//! Verdicts as a table for people.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width};

/// How a table is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal. Without one nothing is wrapped, so that paths and file
    /// names can be searched for.
    pub width: Option<u16>,
    /// Whether to colour the verdicts.
    pub colour: bool,
}

/// Blanks between two columns of the table.
const GAP: u16 = 2;

impl Style {
    /// What fits standard output: its width, and colour on a terminal unless
    /// `NO_COLOR` is set.
    pub fn of_stdout() -> Self {
        let stdout = std::io::stdout();
        let size = terminal_size::terminal_size_of(&stdout);
        Self {
            width: size.map(|(terminal_size::Width(width), _)| width.max(40)),
            colour: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        }
    }
}

/// One line of the table. Its texts are printable already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What was judged, in one or more lines.
    pub object: String,
    /// Whether the object may be created.
    pub allowed: bool,
    /// Why, or under which rule.
    pub reason: String,
}

/// The table of `rows`, which ends with a line feed; no rows give no table.
pub fn render(rows: &[Row], style: Style) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(["OBJECT", "VERDICT", "REASON"]);
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for row in rows {
        let (verdict, colour) = if row.allowed {
            ("admitted", Color::Green)
        } else {
            ("denied", Color::Red)
        };
        table.add_row([
            Cell::new(&row.object),
            Cell::new(verdict).fg(colour).add_attribute(Attribute::Bold),
            Cell::new(&row.reason),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    if let Some(width) = style.width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        // The reason is what people read: the object may take two fifths at most.
        table.set_constraints([
            ColumnConstraint::UpperBoundary(Width::Percentage(40)),
            ColumnConstraint::ContentWidth,
            ColumnConstraint::LowerBoundary(Width::Percentage(30)),
        ]);
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style {
        width: Some(80),
        colour: false,
    };

    fn row(object: &str, allowed: bool, reason: &str) -> Row {
        Row {
            object: object.to_owned(),
            allowed,
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn no_rows_no_table() {
        assert_eq!(render(&[], PLAIN), "");
    }

    #[test]
    fn long_texts_wrap_within_the_width() {
        let name = format!("DaemonSet {}/{}", "n".repeat(63), "d".repeat(253));
        let path = "spec.template.spec.containers[0].securityContext.windowsOptions.hostProcess";
        let reason = format!("{path}: Forbidden: {}", "word ".repeat(300));
        let text = render(
            &[row(&name, false, &reason), row("Pod a/b", true, "x")],
            PLAIN,
        );
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line:?}");
            assert_eq!(line, line.trim_end());
        }
        let joined: String = text.split_whitespace().collect();
        assert_eq!(joined.matches("word").count(), 300, "nothing is cut off");
    }

    #[test]
    fn nothing_wraps_without_a_terminal() {
        let reason = "word ".repeat(300);
        let style = Style {
            width: None,
            ..PLAIN
        };
        let text = render(&[row("Pod a/b\nfile.yaml:1", false, &reason)], style);
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains(reason.trim_end()));
    }

    #[test]
    fn colour_only_where_wanted() {
        let rows = [row("Pod a/b", false, "no"), row("Pod a/c", true, "yes")];
        assert!(!render(&rows, PLAIN).contains('\u{1b}'));
        let coloured = Style {
            colour: true,
            ..PLAIN
        };
        assert!(render(&rows, coloured).contains("\u{1b}["));
    }
}
