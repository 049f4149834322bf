use rstest::rstest;
use serde_json::json;

use super::*;

#[rstest]
#[case::yes("yes", json!(true))]
#[case::on("On", json!(true))]
#[case::y("y", json!(true))]
#[case::no("NO", json!(false))]
#[case::off("off", json!(false))]
#[case::other_casing("yEs", json!("yEs"))]
#[case::quoted("'yes'", json!("yes"))]
#[case::tagged("!!str yes", json!("yes"))]
#[case::own_tag("!Ref yes", json!("yes"))]
#[case::octal("0644", json!(420))]
#[case::hexadecimal("-0x1F", json!(-31))]
#[case::not_octal("08", json!(8.0))]
#[case::underscores("1_000", json!(1000))]
#[case::fraction("1.5e3", json!(1500.0))]
#[case::version("1.2.3", json!("1.2.3"))]
#[case::date("2001-01-01", json!("2001-01-01"))]
#[case::infinity("-.inf", json!("-.inf"))]
#[case::null("~", json!(null))]
#[case::nothing("", json!(null))]
fn scalars_are_those_of_kubernetes(#[case] text: &str, #[case] expected: Value) {
    assert_eq!(
        read(&format!("a: {text}\n")).unwrap(),
        [json!({"a": expected})]
    );
}

#[rstest]
#[case::nothing("", json!([]))]
#[case::documents("a: 1\n---\n---\nb: 2\n", json!([{"a": 1}, null, {"b": 2}]))]
#[case::alias("a: &x {b: c}\nd: *x\n", json!([{"a": {"b": "c"}, "d": {"b": "c"}}]))]
#[case::merge("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", json!([{"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}]))]
#[case::merges("{<<: [{a: 1}, {a: 2, b: 2}]}", json!([{"a": 1, "b": 2}]))]
#[case::quoted_merge("{'<<': {a: 1}}", json!([{"<<": {"a": 1}}]))]
#[case::keys("{1: a, yes: b}", json!([{"1": "a", "true": "b"}]))]
#[case::escapes(r#""host\x50rocess\
  !""#, json!(["hostProcess!"]))]
#[case::bracket_in_first_column("a: [\n1\n]\n", json!([{"a": [1]}]))]
#[case::block_at_the_end("a: |\n  b", json!([{"a": "b"}]))]
#[case::anchor_defined_again(
    "a: &x {b: &x c}\nd: *x\ne: &y f\ng: [*x, *y]",
    json!([{"a": {"b": "c"}, "d": "c", "e": "f", "g": ["c", "f"]}])
)]
fn documents_are_read(#[case] text: &str, #[case] expected: Value) {
    assert_eq!(Value::from(read(text).unwrap()), expected);
}

#[rstest]
#[case::unclosed("a: 1\nb: [\n", "line 2: unclosed bracket '['")]
#[case::key_twice(
    "a: 1\nb: 2\na: 3\n",
    "line 3: the key a stands twice in one mapping: delete one of them"
)]
#[case::key_before_merge(
    "a: 1\n<<: {a: 2}\n",
    "line 2: the key a stands twice in one mapping: delete one of them"
)]
#[case::null_key("{~: a}", "line 1: a key must be text")]
#[case::merged_text("<<: a", "line 1: << must have a mapping or a list of mappings")]
#[case::unknown_alias("a: *b", "line 1: while parsing node, found unknown anchor")]
#[case::alias_in_itself("&a [*a]", "line 1: an alias stands inside of the value that it names")]
#[case::tag("a: !!binary YQ==", "line 1: a tag: write the value without it")]
#[case::tag_of_a_list("a: !!set [b]", "line 1: a tag: write the value without it")]
#[case::deep(&format!("{}a", "- ".repeat(129)), "line 1: more than 128 levels within each other")]
fn refuses(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text).unwrap_err().to_string(), expected);
}

/// kubectl 1.32 takes the words after such a character for content.
#[rstest]
#[case::next_line(
    "a: b # c\u{85}hostProcess: true",
    YamlErrorKind::LineSeparator('\u{85}')
)]
#[case::line_separator(
    "a: b # c\u{2028}hostProcess: true",
    YamlErrorKind::LineSeparator('\u{2028}')
)]
#[case::paragraph_separator(
    "a: b # c\u{2029}hostProcess: true",
    YamlErrorKind::LineSeparator('\u{2029}')
)]
#[case::byte_order_mark("a: b # \u{feff}", YamlErrorKind::ByteOrderMark)]
fn characters_that_readers_differ_in_are_refused(#[case] text: &str, #[case] kind: YamlErrorKind) {
    let index = text.find(|c: char| !c.is_ascii()).unwrap();
    let position = Position {
        line: 2,
        column: index + 1,
    };

    // A character that readers agree in does not count.
    let text = format!("# é\n{text}");
    assert_eq!(read(&text).unwrap_err(), YamlError { position, kind });
}

/// A script that PowerShell has saved begins with a byte order mark.
#[rstest]
#[case::in_a_block("a: |\n  \u{feff}Write-Host b", true)]
#[case::at_the_beginning_of_a_line("a: |\n  b\n\u{feff}c: d", false)]
#[case::beside_host_process("a: |\n  \u{feff}hostProcess", false)]
#[case::beside_an_escape("a: |\n  \u{feff}b\nc: \"\\x68ost\"", false)]
#[case::beside_a_line_separator("a: |\n  \u{feff}b # c\u{2028}d", false)]
fn a_byte_order_mark_does_no_harm_without_host_process(#[case] text: &str, #[case] is_read: bool) {
    assert_eq!(documents_and_items(text, &mut |_| {}).is_ok(), is_read);
}

#[rstest]
#[case::account_in_double_quotes(
    "a: \"NT AUTHORITY\\SYSTEM\"",
    YamlErrorKind::BackslashInDoubleQuotes
)]
#[case::path_in_double_quotes("a: \"C:\\users\"", YamlErrorKind::BackslashInDoubleQuotes)]
#[case::star_in_a_list("a: [*]", YamlErrorKind::UnquotedStar)]
#[case::star_as_an_entry("a:\n- *", YamlErrorKind::UnquotedStar)]
#[case::star_before_a_suffix("a: *.example.com/*", YamlErrorKind::UnquotedStar)]
#[case::percent_sign("a: [b, %PATH%]", YamlErrorKind::UnquotedCharacter('%'))]
#[case::at_sign("a: @b", YamlErrorKind::UnquotedCharacter('@'))]
#[case::tab("a:\n\tb: c", YamlErrorKind::Tab)]
#[case::tab_after_spaces("a:\n  b: c\n  \td: e", YamlErrorKind::Tab)]
#[case::template("a: {{ .Values.a }}", YamlErrorKind::Template)]
#[case::template_line("{{- if .Values.a }}\na: b\n{{- end }}", YamlErrorKind::Template)]
fn mistakes_get_advice(#[case] text: &str, #[case] kind: YamlErrorKind) {
    assert_eq!(read(text).unwrap_err().kind, kind);
}

/// Writes `levels` lists, each of which holds the list before it `times` times by an alias.
fn lists_of_aliases(levels: usize, times: usize) -> String {
    let mut text = String::from("- &a0 [x]\n");
    for level in 1..levels {
        let alias = format!("*a{}", level - 1);
        let entries = vec![alias; times].join(", ");
        text += &format!("- &a{level} [{entries}]\n");
    }
    text
}

#[rstest]
#[case::bytes(
    lists_of_aliases(9, 10),
    "line 7: aliases copy more than 10000000 bytes"
)]
#[case::levels(
    lists_of_aliases(200, 1),
    "line 128: more than 128 levels within each other"
)]
fn aliases_are_bounded(#[case] text: String, #[case] expected: &str) {
    assert_eq!(read(&text).unwrap_err().to_string(), expected);
}

#[test]
fn entries_of_items_are_handed_over_with_their_positions() {
    let text = "# list\nkind: List\nitems:\n- a: 1\n\n- a: 2\n";
    let mut items = Vec::new();
    let documents = documents_and_items(text, &mut |item| {
        items.push((item.position.line, item.position.column, item.value));
    });
    let documents: Vec<Value> = documents
        .unwrap()
        .into_iter()
        .map(|document| document.value)
        .collect();
    assert_eq!(documents, [json!({"kind": "List", "items": []})]);
    assert_eq!(items, [(4, 3, json!({"a": 1})), (6, 3, json!({"a": 2}))]);
}

/// Each field of HostProcess is written as its path, the line and column where it begins, and those
/// where it ends.
#[rstest]
#[case::block("a:\n  hostProcess: true\n", &["a.hostProcess 2:3 2:20"])]
#[case::flow("a: [{hostProcess: true}]", &["a[0].hostProcess 1:6 1:23"])]
#[case::annotation("a: {microsoft.com/hostprocess-container: 'yes'}", &["a[microsoft.com/hostprocess-container] 1:5 1:47"])]
#[case::false_is_no_request("a: {hostProcess: false}", &[])]
#[case::columns_are_characters("é: {hostProcess: true}", &[r#"["\u{e9}"].hostProcess 1:5 1:22"#])]
#[case::alias("a: &a\n  hostProcess: true\nb: *a\n", &["a.hostProcess 2:3 2:20", "b.hostProcess 2:3 2:20"])]
#[case::value_of_an_alias("a: &a true\nb:\n  hostProcess: *a\n", &["b.hostProcess 3:3 3:18"])]
#[case::merge("a: &a\n  hostProcess: true\nb:\n  <<: *a\n", &["a.hostProcess 2:3 2:20", "b.hostProcess 2:3 2:20"])]
fn fields_have_their_positions(#[case] text: &str, #[case] expected: &[&str]) {
    let documents = documents(text, Recording::HostProcess).unwrap();
    let found: Vec<String> = documents[0].fields.iter().map(shown).collect();
    assert_eq!(found, expected);
}

fn shown(field: &LocatedField) -> String {
    let Region { start, end } = field.region;
    format!(
        "{} {}:{} {}:{}",
        field.path(),
        start.line,
        start.column,
        end.line,
        end.column
    )
}

/// For go-yaml the third line is `{hostProcess: true}`.
#[test]
fn an_anchor_that_go_yaml_ends_earlier_is_refused() {
    let text = "a: &x:true foo\nb: &x hostProcess\nc: {*x:true}";
    let error = documents(text, Recording::HostProcess).unwrap_err();
    let name = String::from("x:true");
    assert_eq!(error.kind, YamlErrorKind::AnchorName(name));
    assert_eq!(error.position.line, 1);
}

#[rstest]
#[case::usual_name("a: &x-1_Y b\nc: *x-1_Y")]
#[case::in_a_flow("[&x a, *x]")]
#[case::in_a_string("a: run 2>&1; echo '&b:c'")]
#[case::in_a_block("a: |\n  &b:c")]
fn other_anchors_are_read(#[case] text: &str) {
    assert!(documents(text, Recording::HostProcess).is_ok());
}

/// For go-yaml the key in braces is `hostProcess`.
#[rstest]
#[case::key("{?hostProcess: true}", true)]
#[case::entry("[?a]", true)]
#[case::key_in_a_block("?hostProcess: true", true)]
#[case::quoted("{'?a': b}", false)]
#[case::explicit_key("? a\n: b", false)]
#[case::in_the_middle("a: b?c", false)]
fn a_question_mark_at_the_beginning_needs_quotes(#[case] text: &str, #[case] is_refused: bool) {
    let kind = documents(text, Recording::HostProcess)
        .err()
        .map(|error| error.kind);
    assert_eq!(
        kind,
        is_refused.then_some(YamlErrorKind::UnquotedQuestionMark)
    );
}
