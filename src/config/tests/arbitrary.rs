//! Arbitrary bytes and text.

use std::path::Path;

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = load_with(bytes, &[]);
    }

    /// Text that is nearly a configuration gets further in.
    #[test]
    fn no_text_panics(
        lines in proptest::collection::vec(
            prop_oneof![
                "\\[{1,2}(api|rate|guard|department|department.fields|x)\\]{1,2}",
                "(name|token|per_second|base_url|max_age|input|fields.email.owner|owner|é) = (\"\\PC{0,9}\"|[0-9]{1,20}|true|\\[\\]|\\{\\}|\\[\"-\"\\]|\\PC{0,5})",
                "\\PC{0,20}",
            ],
            0..12,
        ),
        value in "\\PC{0,12}",
    ) {
        let text = lines.join("\n");
        if let Err(ConfigError::Invalid(problems)) = parse(&text, Path::new("/")) {
            prop_assert!(!problems.is_empty());
            prop_assert!(!ConfigError::Invalid(problems).to_string().is_empty());
        }
        let legal = load::legal();
        for key in &legal.shared {
            let mut problems = Vec::new();
            let env = env(&[(&environment::variable(key), &value)]);
            let layer = environment::read(&env, Path::new("/"), &legal.shared, &mut problems);
            prop_assert_eq!(layer.values.len(), 1);
        }
    }

    #[test]
    fn deep_and_long_keys_do_not_overflow(depth in 1usize..20_000) {
        let _ = parse(&"a.".repeat(depth), Path::new("/"));
        let _ = parse(&format!("a = {}", "[".repeat(depth)), Path::new("/"));
        let _ = parse(&format!("{}x = 1", "a.".repeat(depth)), Path::new("/"));
    }
}
