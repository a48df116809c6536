//! How many columns of a terminal a text takes.

/// How many columns `text` takes: wide characters take two, combining ones none.
pub fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// As much of `text` as fits into so many columns.
pub fn fit(text: &str, most: usize) -> String {
    let mut taken = 0;
    let fits = |c: &char| {
        taken += width(*c);
        taken <= most
    };
    text.chars().take_while(fits).collect()
}

/// A name that is longer than `most` without its middle, because names differ at their ends.
pub fn shortened(name: &str, most: usize) -> String {
    if columns(name) <= most {
        return name.to_owned();
    }
    let half = most.saturating_sub(1) / 2;
    let end: String = name.chars().rev().collect();
    let end: String = fit(&end, half).chars().rev().collect();
    format!("{}…{end}", fit(name, half))
}

/// An emoji that some terminals draw as one column counts as two: a line that is cut early does less harm
/// than one that is wrapped.
fn width(c: char) -> usize {
    match c as u32 {
        0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x231a..=0x23ff
        | 0x25fd..=0x27bf
        | 0x2b1b..=0x2b55
        | 0x1f000..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("aé漢字e\u{301}🎉"), 1 + 1 + 4 + 1 + 2);
        assert_eq!(columns("✅⏳⭐━█"), 2 + 2 + 2 + 1 + 1);
        assert_eq!(fit("漢字x", 3), "漢");
        assert_eq!(fit("漢字x", 5), "漢字x");
    }

    #[test]
    fn a_long_name_keeps_its_ends() {
        assert_eq!(shortened("check-a", 9), "check-a");
        assert_eq!(shortened("check-the-first", 9), "chec…irst");
        assert_eq!(columns(&shortened("漢字漢字漢字", 9)), 9);
    }
}
