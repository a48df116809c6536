//! The nearest valid name for one that is misspelt.

/// The name that `wrong` was probably meant to be, of `names`.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE: f64 = 0.7;
    let scored = names.map(|name| (strsim::jaro_winkler(wrong, name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= CLOSE).then_some(best.1)
}

/// The end of a sentence that says that `wrong` is none of `names`.
pub fn hint<'a>(wrong: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(wrong, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => match names.collect::<Vec<_>>().as_slice() {
            [] => "there is none".to_owned(),
            [only] => format!("there is only `{only}`"),
            all => format!("there are {}", all.join(", ")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_is_answered_with_what_there_is() {
        let hint = |names: &[&'static str]| hint("instal", names.iter().copied());
        assert_eq!(hint(&["remove", "install"]), "did you mean `install`?");
        assert_eq!(hint(&["x", "y"]), "there are x, y");
        assert_eq!(hint(&["x"]), "there is only `x`");
        assert_eq!(hint(&[]), "there is none");
    }
}
