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
#[case::no_octal("08", json!(8.0))]
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
fn documents_are_read(#[case] text: &str, #[case] expected: Value) {
    assert_eq!(Value::from(read(text).unwrap()), expected);
}

#[rstest]
#[case::unclosed("a: 1\nb: [\n", "line 2: unclosed bracket '['")]
#[case::key_twice("a: 1\nb: 2\na: 3\n", "line 3: a stands twice in one mapping")]
#[case::key_before_merge("a: 1\n<<: {a: 2}\n", "line 2: a stands twice in one mapping")]
#[case::template("a: {{ .Values.a }}\n", "line 1: a key that is no text")]
#[case::null_key("{~: a}", "line 1: a key that is no text")]
#[case::merged_text("<<: a", "line 1: << takes a mapping or a list of mappings")]
#[case::unknown_alias("a: *b", "line 1: while parsing node, found unknown anchor")]
#[case::alias_in_itself("&a [*a]", "line 1: an alias of what holds it")]
#[case::tag("a: !!binary YQ==", "line 1: a tag: write the value without")]
#[case::deep(&format!("{}a", "- ".repeat(129)), "line 1: more than 128 levels within each other")]
fn refuses(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text).unwrap_err(), expected);
}

/// A text of `levels` lists, each of which holds the one before it `times` times.
fn laughs(levels: usize, times: usize) -> String {
    let lists = (1..levels).map(|i| {
        let last = vec![format!("*a{}", i - 1); times].join(", ");
        format!("- &a{i} [{last}]\n")
    });
    format!("- &a0 [x]\n{}", lists.collect::<String>())
}

#[rstest]
#[case::bytes(laughs(9, 10), "line 7: aliases copy more than 10000000 bytes")]
#[case::levels(laughs(200, 1), "line 128: more than 128 levels within each other")]
fn aliases_are_bounded(#[case] text: String, #[case] expected: &str) {
    assert_eq!(read(&text).unwrap_err(), expected);
}

#[test]
fn items_have_their_lines() {
    let text = "# list\nkind: List\nitems:\n- a: 1\n\n- a: 2\n";
    let mut items = Vec::new();
    let mut on_item = |line, item| {
        items.push((line, item));
        (line == 6).then(|| json!("kept"))
    };
    let document = json!({"kind": "List", "items": ["kept"]});
    assert_eq!(documents(text, &mut on_item), Ok(vec![(2, document)]));
    assert_eq!(items, [(4, json!({"a": 1})), (6, json!({"a": 2}))]);
}
