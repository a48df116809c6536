//! The forms in which a secret turns up.

use serde_json::Value;
use smoke_mcp::base64;

use super::finder::Finder;

/// A secret as it is, as a JSON string, a JSON string within one and a URL hold it, and in base64; and each
/// line of one that has several. Forms that are too short to be looked for are left out.
pub fn of(secret: &str) -> Vec<String> {
    let mut forms: Vec<String> = lines(secret).chain([secret]).flat_map(in_json).collect();
    forms.push(secret.bytes().map(percent_encoded).collect());
    forms.extend((0..3).flat_map(|before| in_base64(secret, before)));
    forms.retain(|form| form.len() >= Finder::SHORTEST);
    forms.sort();
    forms.dedup();
    forms
}

/// The lines of a secret that has several, for whatever prints them in its own way. Shorter ones, such as
/// a brace, would be found everywhere.
fn lines(secret: &str) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 8;
    let lines = secret.contains('\n').then(|| secret.lines().map(str::trim));
    lines.into_iter().flatten().filter(|line| line.len() >= SHORTEST)
}

/// A text, and what it looks like in a JSON string, in one that is in another, and so on: a tool's result
/// is often JSON in a string, which is in a transcript, which is in a record.
fn in_json(text: &str) -> Vec<String> {
    const DEPTH: usize = 3;
    let mut forms = vec![text.to_owned()];
    let mut outermost = written_as_json(text);
    for _ in 0..DEPTH {
        forms.extend(outermost.iter().cloned());
        outermost.iter_mut().for_each(|form| *form = quoted(form));
        outermost.dedup();
    }
    forms
}

/// The ways in which programs write a text as a JSON string: with other characters than those of ASCII as
/// escapes, as Python does, or those of HTML too, as .NET does, and slashes, as PHP does.
fn written_as_json(text: &str) -> Vec<String> {
    let write = |special: &str, escape: &dyn Fn(u16) -> String| -> String {
        let one = |character: char| match character.is_ascii() && !special.contains(character) {
            true => quoted(character.encode_utf8(&mut [0; 4])),
            false => character.encode_utf16(&mut [0; 2]).iter().map(|unit| escape(*unit)).collect(),
        };
        text.chars().map(one).collect()
    };
    let lower = |unit: u16| format!("\\u{unit:04x}");
    let upper = |unit: u16| format!("\\u{unit:04X}");
    let mut forms = vec![quoted(text), write("", &lower)];
    forms.extend([forms[0].replace('/', "\\/"), forms[1].replace('/', "\\/")]);
    forms.extend([write("", &upper), write("\"&'+<>`", &upper)]);
    forms.sort();
    forms.dedup();
    forms
}

/// A text as a JSON string holds it.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

fn percent_encoded(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// The part of the base64 text that is the same whatever stands around the secret, with `before`
/// bytes of another group of three in front of it. Shorter ones would be found by chance.
fn in_base64(secret: &str, before: usize) -> Vec<String> {
    const SHORTEST: usize = 8;
    let text = base64::encode(&[vec![0; before], secret.as_bytes().to_vec()].concat());
    let (first, last) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
    match text.get(first..last) {
        Some(part) if part.len() >= SHORTEST => {
            vec![part.to_owned(), part.replace('+', "-").replace('/', "_")]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_known_in_a_string_within_a_string() {
        let secret = "pä\"ss/\\wörd";
        let forms = of(secret);
        let mut text = secret.to_owned();
        for _ in 0..=3 {
            assert!(forms.iter().any(|form| text.contains(form.as_str())), "{text}");
            text = json!([text]).to_string();
        }
        for written in
            [r#"p\u00e4\"ss/\\w\u00f6rd"#, r#"p\u00E4\u0022ss/\\w\u00F6rd"#, r#"pä\"ss\/\\wörd"#]
        {
            let within = json!({ "text": written }).to_string();
            for text in [written, &within] {
                assert!(forms.iter().any(|form| text.contains(form.as_str())), "{text}");
            }
        }
    }

    #[test]
    fn each_line_of_a_secret_is_one() {
        let forms = of("-----BEGIN-----\nMIIEabc/defg\n}\n");
        for form in ["MIIEabc/defg", "MIIEabc\\/defg", "-----BEGIN-----"] {
            assert!(forms.iter().any(|known| known == form), "{form}");
        }
        assert!(!forms.iter().any(|form| form == "}"));
        assert_eq!(of("plain-secret-2").iter().filter(|form| form.contains("plain")).count(), 1);
    }
}
