//! The pictures in the README: they show what the policy and the command do today.
//!
//! `UPDATE=1` draws them anew.

use anstyle_svg::Term;

use crate::commands;
use crate::files;

/// How many characters fit into a line of the terminal's picture.
const TERMINAL_WIDTH: &str = "100";

/// The commands in the picture of the terminal, run in the folder of the README's example.
const COMMANDS: [&str; 3] = [
    "check daemonset.yaml",
    "suggest daemonset.yaml",
    "check --settings settings.yaml daemonset.yaml",
];

/// A question of the flow picture, from top to bottom.
struct Step {
    /// The lines of the question.
    question: &'static [&'static str],
    /// The answers that end the flow, drawn at the right.
    exits: &'static [Exit],
    /// The answer that leads to the next step.
    onward: &'static str,
}

/// An answer that ends the flow, with the outcome to which it leads.
struct Exit {
    answer: &'static str,
    outcome: &'static str,
    color: Color,
}

/// The color of an outcome.
enum Color {
    Green,
    Red,
}

const FLOW: [Step; 4] = [
    Step {
        question: &["Does a field or an annotation", "ask for HostProcess?"],
        exits: &[
            Exit {
                answer: "no",
                outcome: "accepted",
                color: Color::Green,
            },
            Exit {
                answer: "unreadable",
                outcome: "denied (400): names the field",
                color: Color::Red,
            },
        ],
        onward: "yes",
    },
    Step {
        question: &[
            "Is it an update that leaves the pod,",
            "or the pod template, unchanged?",
        ],
        exits: &[Exit {
            answer: "yes",
            outcome: "accepted",
            color: Color::Green,
        }],
        onward: "no",
    },
    Step {
        question: &[
            "Does one rule match all of it: namespace,",
            "service account, requester, and each",
            "container's image, account and command?",
        ],
        exits: &[Exit {
            answer: "no",
            outcome: "denied (403): names the closest rule",
            color: Color::Red,
        }],
        onward: "yes",
    },
    Step {
        question: &["Are the requirements", "in mode deny met?"],
        exits: &[Exit {
            answer: "no",
            outcome: "denied (403): names what to fix",
            color: Color::Red,
        }],
        onward: "yes",
    },
];

const LINE_HEIGHT: usize = 20;
const BOX_LEFT: usize = 20;
const BOX_WIDTH: usize = 330;
const GAP: usize = 40;
const EXIT_DISTANCE: usize = 36;
const OUTCOME_LEFT: usize = 480;
const OUTCOME_WIDTH: usize = 300;

/// Draws the flow of a decision as SVG, readable on a light and on a dark page.
fn draw_flow() -> String {
    let mut body = String::new();
    let mut top = draw_box(
        &mut body,
        BOX_LEFT,
        20,
        BOX_WIDTH,
        "start",
        &[
            "A pod, a workload that makes pods,",
            "or an ephemeral container",
        ],
    );
    draw_arrow_down(&mut body, top, "");

    for step in &FLOW {
        let box_top = top + GAP;
        let bottom = draw_box(
            &mut body,
            BOX_LEFT,
            box_top,
            BOX_WIDTH,
            "step",
            step.question,
        );

        // The exits stand around the middle of the box.
        let middle = (box_top + bottom) / 2;
        let first_exit = middle - (step.exits.len() - 1) * EXIT_DISTANCE / 2;
        for (index, exit) in step.exits.iter().enumerate() {
            draw_exit(&mut body, first_exit + index * EXIT_DISTANCE, exit);
        }

        draw_arrow_down(&mut body, bottom, step.onward);
        top = bottom;
    }

    let bottom = draw_box(
        &mut body,
        BOX_LEFT,
        top + GAP,
        BOX_WIDTH,
        "green",
        &[
            "admitted, with a warning for each",
            "requirement in mode warn that is not met",
        ],
    );
    let (width, height) = (OUTCOME_LEFT + OUTCOME_WIDTH + 20, bottom + 20);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>How the policy decides on a request</title>
<style>
  text {{ font: 14px sans-serif; fill: #1f2328; }}
  rect {{ rx: 6px; stroke: #59636e; fill: #ffffff; }}
  rect.start {{ fill: #f6f8fa; }}
  rect.green {{ fill: #dafbe1; stroke: #1a7f37; }}
  rect.red {{ fill: #ffebe9; stroke: #cf222e; }}
  path {{ stroke: #59636e; fill: none; }}
  path.head {{ fill: #59636e; }}
</style>
<rect x="0" y="0" width="{width}" height="{height}" style="fill:#ffffff;stroke:none"/>
{body}</svg>
"##
    )
}

/// Adds a line to the text of a picture.
fn add_line(body: &mut String, line: &str) {
    body.push_str(line);
    body.push('\n');
}

/// Draws a box with centered lines of text; returns the position of its lower edge.
fn draw_box(
    body: &mut String,
    left: usize,
    top: usize,
    width: usize,
    class: &str,
    lines: &[&str],
) -> usize {
    let height = (lines.len() + 1) * LINE_HEIGHT;
    add_line(
        body,
        &format!(
            r#"<rect class="{class}" x="{left}" y="{top}" width="{width}" height="{height}"/>"#
        ),
    );
    let x = left + width / 2;
    for (index, line) in lines.iter().enumerate() {
        let y = top + (index + 1) * LINE_HEIGHT + 4;
        add_line(
            body,
            &format!(r#"<text x="{x}" y="{y}" text-anchor="middle">{line}</text>"#),
        );
    }
    top + height
}

/// Draws the arrow from a box that ends at `top` to the next one, with the `answer` beside it.
fn draw_arrow_down(body: &mut String, top: usize, answer: &str) {
    let x = BOX_LEFT + BOX_WIDTH / 2;
    let end = top + GAP;
    let line_end = end - 8;
    add_line(body, &format!(r#"<path d="M{x} {top}V{line_end}"/>"#));
    add_line(
        body,
        &format!(r#"<path class="head" d="M{x} {end}l-5 -9h10z"/>"#),
    );

    let text_left = x + 10;
    let y = top + GAP / 2 + 4;
    add_line(
        body,
        &format!(r#"<text x="{text_left}" y="{y}">{answer}</text>"#),
    );
}

/// Draws the arrow to an outcome at the right, and the outcome.
fn draw_exit(body: &mut String, middle: usize, exit: &Exit) {
    let start = BOX_LEFT + BOX_WIDTH;
    let line_end = OUTCOME_LEFT - 8;
    add_line(
        body,
        &format!(r#"<path d="M{start} {middle}H{line_end}"/>"#),
    );
    add_line(
        body,
        &format!(r#"<path class="head" d="M{OUTCOME_LEFT} {middle}l-9 -5v10z"/>"#),
    );
    let answer = exit.answer;
    let x = start + 12;
    let y = middle - 6;
    add_line(body, &format!(r#"<text x="{x}" y="{y}">{answer}</text>"#));

    let class = match exit.color {
        Color::Green => "green",
        Color::Red => "red",
    };
    let top = middle - 15;
    add_line(
        body,
        &format!(
            r#"<rect class="{class}" x="{OUTCOME_LEFT}" y="{top}" width="{OUTCOME_WIDTH}" height="30"/>"#
        ),
    );
    let outcome = exit.outcome;
    let x = OUTCOME_LEFT + OUTCOME_WIDTH / 2;
    let y = middle + 5;
    add_line(
        body,
        &format!(r#"<text x="{x}" y="{y}" text-anchor="middle">{outcome}</text>"#),
    );
}

#[test]
fn the_flow_picture_is_drawn_from_its_description() {
    files::assert_holds("docs/images/flow.svg", &draw_flow());
}

/// Runs the commands of the picture, and draws what a terminal shows.
fn draw_terminal() -> String {
    let mut shown = String::new();
    for arguments in COMMANDS {
        let output = commands::hostprocess()
            .args(arguments.split(' '))
            .current_dir("artefacts/examples/windows-exporter")
            .env("CLICOLOR_FORCE", "1")
            .env("COLUMNS", TERMINAL_WIDTH)
            .output()
            .expect("cargo runs");
        let output = String::from_utf8(output.stdout).expect("the output is text");
        add_line(&mut shown, &format!("$ hostprocess {arguments}\n{output}"));
    }
    Term::new().render_svg(shown.trim_end())
}

#[test]
fn the_picture_of_the_terminal_shows_what_the_command_prints_today() {
    files::assert_holds("docs/images/terminal.svg", &draw_terminal());
}
