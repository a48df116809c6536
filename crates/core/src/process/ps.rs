//! What `ps` and `lsof` print. Both are asked in the C locale and in UTC.

use std::collections::BTreeMap;

use super::entry::Process;

/// The process in a row of id, parent, group, state, start and command line. Its arguments are the
/// words of its command line: where one ends and the next begins is not shown.
pub(super) fn process(row: &str) -> Option<Process> {
    let words: Vec<&str> = row.split_whitespace().collect();
    let number = |index: usize| words.get(index)?.parse().ok();
    Some(Process {
        pid: number(0)?,
        parent: number(1)?,
        group: number(2)?,
        state: words.get(3)?.chars().next()?,
        started: seconds(words.get(4..9)?)?,
        argv: argv(words.get(9..)?),
    })
}

/// A lone name in brackets stands for a command line that cannot be read. They are round here, and
/// square everywhere else.
fn argv(words: &[&str]) -> Vec<String> {
    if let [word] = words
        && let Some(name) = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
    {
        return vec![format!("[{name}]")];
    }
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The seconds from 1970 to a time such as `Sat Nov 28 00:59:36 2026`.
fn seconds(words: &[&str]) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let [_, month, day, time, year] = words else { return None };
    let (day, year): (u8, u16) = (day.parse().ok()?, year.parse().ok()?);
    let mut clock = time.splitn(3, ':').map(|part| part.parse::<u8>().ok().map(u64::from));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let month = MONTHS.iter().position(|name| name == month)?;
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let before = u64::from(year.checked_sub(1).filter(|_| year >= 1970)?);
    let mut days = 365 * (before - 1969) + leaps(before) - leaps(1969);
    days += DAYS[..month].iter().sum::<u64>();
    days += if month > 1 { leaps(year.into()) - leaps(before) } else { 0 };
    days += u64::from(day.checked_sub(1)?);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// The environments of processes, by id, as one text each: what a table of ids and commands with their
/// environments shows more than one without. So no argument is taken for a variable. Those that
/// cannot be seen are left out, and so is one that became another program between the tables.
pub(super) fn environments<'a>(without: &str, with: &'a str) -> BTreeMap<i32, &'a str> {
    let commands: BTreeMap<i32, &str> = without.lines().filter_map(numbered).collect();
    let environment = |(pid, text): (i32, &'a str)| {
        let rest = text.strip_prefix(commands.get(&pid)?.trim_end())?;
        Some((pid, rest.strip_prefix(' ')?.trim_matches(' '))).filter(|(_, rest)| !rest.is_empty())
    };
    with.lines().filter_map(numbered).filter_map(environment).collect()
}

fn numbered(row: &str) -> Option<(i32, &str)> {
    let (pid, rest) = row.trim_start().split_once(' ')?;
    Some((pid.parse().ok()?, rest))
}

/// The variables of such an environment. Where one ends and the next begins is not shown, so that a
/// value ends where the next word begins that could be a name with an equals sign.
pub(super) fn variables(environment: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in environment.split(' ') {
        let pair = word.split_once('=').filter(|(key, _)| is_name(key));
        match (pair, found.last_mut()) {
            (Some((key, value)), _) => found.push((key.to_owned(), value.to_owned())),
            (None, Some((_, value))) => {
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => {}
        }
    }
    found
}

/// What begins with a dash or a slash is part of a value.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Whether such an environment has this setting, whatever is around it.
pub(super) fn has(environment: &str, setting: &str) -> bool {
    format!(" {environment} ").contains(&format!(" {setting} "))
}

/// The names of files and sockets that `lsof -F pn` prints, each with its process.
pub(super) fn files(fields: &str) -> Vec<(i32, &str)> {
    let (mut pid, mut found) = (None, Vec::new());
    for field in fields.lines() {
        if let Some(id) = field.strip_prefix('p') {
            pid = id.parse().ok();
        } else if let (Some(name), Some(pid)) = (field.strip_prefix('n'), pid) {
            found.push((pid, name));
        }
    }
    found
}

/// The port of a socket that listens, such as `127.0.0.1:80`, `[::1]:80` or `*:80`.
pub(super) fn port(socket: &str) -> Option<u16> {
    socket.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_row_of_any_ps() {
        let row = "  501     1   499 Ss+  Sat Nov 28 00:59:36 2026     /bin/a  -b c=d ";
        let process = process(row).unwrap();
        assert_eq!((process.pid, process.parent, process.group, process.state), (501, 1, 499, 'S'));
        assert_eq!(
            (process.started, process.argv.join("|")),
            (1_795_827_576, "/bin/a|-b|c=d".into())
        );
    }

    #[test]
    fn a_process_without_a_command_line_is_becoming_another_program() {
        let read = |end: &str| process(&format!("5 1 5 R Sat Nov 28 00:59:36 2026 {end}")).unwrap();
        assert!(read("(zsh)").is_becoming() && read("").is_becoming());
        assert!(!read("(a) b").is_becoming() && !read("zsh").is_becoming());
    }

    #[test]
    fn times_are_read_over_leap_years() {
        let read = |text: &str| seconds(&text.split_whitespace().collect::<Vec<_>>());
        assert_eq!(read("Thu Jan  1 00:00:00 1970"), Some(0));
        assert_eq!(read("Tue Feb 29 12:00:00 2000"), Some(951_825_600));
        assert_eq!(read("Wed Mar  1 00:00:00 2000"), Some(951_868_800));
        assert_eq!(read("Fri Dec 31 23:59:59 2100"), Some(4_133_980_799));
        for odd in
            ["", "a b c d e", "Thu Jan 0 0:0:0 1970", "Thu Jan 1 0:0 1970", "x Jan 1 0:0:0 9"]
        {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_argument_is_no_variable() {
        let without = "    7 sh -c RUN=1 x\n    8 env RUN=1\n    9 a\n   10 old\n";
        let with =
            "    7 sh -c RUN=1 x RUN=2 PATH=/a b\n    8 env RUN=1\n    9 a \n   10 new RUN=1\n";
        let found = environments(without, with);
        assert_eq!(found, BTreeMap::from([(7, "RUN=2 PATH=/a b")]));
        assert!(has(found[&7], "RUN=2") && has(found[&7], "PATH=/a b"));
        assert!(!has(found[&7], "RUN=1") && !has(found[&7], "PATH=/"));
    }

    #[test]
    fn a_value_may_have_spaces_and_equals_signs() {
        let found = variables("A=1 FLAGS=-Dx=1  -Dy=2 /p?q=1 _B= ");
        let shown: Vec<(&str, &str)> =
            found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(shown, [("A", "1"), ("FLAGS", "-Dx=1  -Dy=2 /p?q=1"), ("_B", " ")]);
    }

    #[test]
    fn files_belong_to_the_process_above_them() {
        let found = files("p7\nf3\nn127.0.0.1:80\nf4\nn[::1]:80\np8\nf5\nn*:81\n");
        let ports: Vec<_> = found.iter().map(|(pid, socket)| (*pid, port(socket))).collect();
        assert_eq!(ports, [(7, Some(80)), (7, Some(80)), (8, Some(81))]);
        assert_eq!((port("*:http"), files("n/a\npx\nn/b\n")), (None, vec![]));
    }

    #[test]
    fn holds_against_whatever_is_printed() {
        let row = b"501 1 499 Ss Sat Nov 28 00:59:36 2026 /bin/a -b c=d A=1";
        let fields = b"p7\nf3\nn127.0.0.1:80\n";
        crate::fuzz::hold(&[row, fields], |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = text.lines().filter_map(process).count();
            let found = environments(&text, &text);
            assert!(found.is_empty() && variables(&text).len() <= text.split(' ').count());
            assert!(files(&text).len() <= text.lines().count());
        });
    }
}
