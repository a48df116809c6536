//! What a command line of a document asks for, whatever brings it: `npx`, `uv run`, `docker run` and
//! their like are taken off.

use smoke_mcp::listing;

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A package of a registry, by its name, or one of its programs.
    Published(String),
    /// A file, by what runs files of its kind.
    File(String),
    /// A module of Python.
    Module(String),
    /// A program, by name or by path.
    Program(String),
    /// A script of a package.json.
    Script(String),
    /// An image of a container.
    Image(String),
    /// What is in this folder: `cargo run`, `go run .`, `deno task start`.
    Here,
}

/// A command line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is to be run.
    pub asked: Asked,
    /// What it is given.
    pub arguments: Vec<String>,
    /// The folder that it is to run in, as it is written.
    pub folder: Option<String>,
}

/// The flags of programs that bring others, which take a value.
const WITH_VALUE: [&str; 20] = [
    "--package",
    "-p",
    "--from",
    "--with",
    "--with-requirements",
    "--python",
    "--directory",
    "--project",
    "--manifest-path",
    "--bin",
    "--env-file",
    "-e",
    "--env",
    "-v",
    "--volume",
    "--name",
    "--network",
    "--mount",
    "--features",
    "--prefix",
];
/// Those of them that name the package, and the folder.
const NAMES: [&str; 3] = ["--package", "-p", "--from"];
const FOLDERS: [&str; 3] = ["--directory", "--project", "--prefix"];

/// Takes `words` apart; none of an empty line.
pub fn line(words: &[String]) -> Option<Line> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    take(&words, None)
}

/// The same for a line of text.
pub fn of_text(text: &str) -> Option<Line> {
    line(&listing::words(text))
}

fn take(words: &[&str], folder: Option<String>) -> Option<Line> {
    let (first, rest) = words.split_first()?;
    let made = |asked: Asked, arguments: &[&str]| {
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        Some(Line { asked, arguments, folder: folder.clone() })
    };
    match (stem(first).as_str(), rest) {
        ("env" | "cross-env" | "exec" | "sudo" | "catatonit" | "tini" | "dumb-init", _) => {
            take(after_assignments(rest), folder)
        }
        ("cmd", ["/c" | "/C", rest @ ..]) => take(rest, folder),
        ("uv", _) => {
            let at = rest.iter().position(|word| *word == "run")?;
            brought(&rest[at + 1..], flag(&rest[..at], &FOLDERS).or(folder), false)
        }
        ("poetry" | "pdm" | "rye" | "hatch" | "pipenv", ["run", rest @ ..]) => take(rest, folder),
        ("bundle", ["exec", rest @ ..]) => take(rest, folder),
        ("npx" | "bunx" | "uvx" | "pipx", _)
        | ("pnpm" | "yarn" | "npm", ["dlx" | "exec" | "x", ..])
        | ("bun", ["x", ..]) => {
            let skip = usize::from(!matches!(stem(first).as_str(), "npx" | "bunx" | "uvx"));
            brought(rest.get(skip..)?, folder, true)
        }
        ("npm" | "pnpm" | "yarn" | "bun", ["run", name, rest @ ..]) => {
            made(Asked::Script((*name).to_owned()), unseparated(rest))
        }
        ("npm" | "pnpm" | "yarn", ["start", rest @ ..]) => {
            made(Asked::Script("start".to_owned()), unseparated(rest))
        }
        ("cargo", ["run", rest @ ..])
        | ("go", ["run", rest @ ..])
        | ("dotnet", ["run", rest @ ..]) => {
            let given = rest.iter().position(|word| *word == "--").map(|at| &rest[at + 1..]);
            made(Asked::Here, given.unwrap_or_default())
        }
        ("docker" | "podman", ["run", rest @ ..]) => {
            let at = first_operand(rest)?;
            made(Asked::Image(rest[at].to_owned()), &rest[at + 1..])
        }
        ("python" | "python3" | "py", _) => python(rest, made),
        ("java", _) => {
            let at = rest.iter().position(|word| *word == "-jar")?;
            made(Asked::File((*rest.get(at + 1)?).to_owned()), &rest[at + 2..])
        }
        ("deno", ["run", rest @ ..])
        | ("node" | "bun" | "tsx" | "ts-node" | "php" | "ruby", rest) => {
            let at = first_operand(rest)?;
            made(Asked::File(rest[at].to_owned()), &rest[at + 1..])
        }
        _ => made(Asked::Program((*first).to_owned()), rest),
    }
}

fn python(rest: &[&str], made: impl Fn(Asked, &[&str]) -> Option<Line>) -> Option<Line> {
    let rest: Vec<&str> =
        rest.iter().copied().skip_while(|word| ["-u", "-I", "-B"].contains(word)).collect();
    match rest.as_slice() {
        ["-m", module, rest @ ..] => made(Asked::Module((*module).to_owned()), rest),
        [file, rest @ ..] if !file.starts_with('-') => made(Asked::File((*file).to_owned()), rest),
        _ => None,
    }
}

/// What `npx` or `uv run` brings and runs.
fn brought(words: &[&str], folder: Option<String>, published: bool) -> Option<Line> {
    let at = first_operand(words)?;
    let named = flag(&words[..at], &NAMES);
    let folder = flag(&words[..at], &FOLDERS).or(folder);
    let mut line = take(&words[at..], folder)?;
    match (&line.asked, named) {
        (Asked::Program(_), Some(name)) => line.asked = Asked::Published(name),
        (Asked::Program(name), None) if published => line.asked = Asked::Published(name.clone()),
        (Asked::Program(name), None) if name.ends_with(".py") => {
            line.asked = Asked::File(name.clone());
        }
        _ => {}
    }
    Some(line)
}

/// Where the first word is that is no flag, and no value of one.
fn first_operand(words: &[&str]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if *word == "--" {
            return (at + 1 < words.len()).then_some(at + 1);
        }
        if !word.starts_with('-') {
            return Some(at);
        }
        at += if WITH_VALUE.contains(word) { 2 } else { 1 };
    }
    None
}

fn flag(words: &[&str], names: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| names.contains(word))?;
    words.get(at + 1).map(|value| (*value).to_owned())
}

fn after_assignments<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let at = words.iter().position(|word| !word.contains('=') && *word != "--");
    at.map_or(&[], |at| &words[at..])
}

fn unseparated<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    words.strip_prefix(&["--"]).unwrap_or(words)
}

/// The name of a program without its folder, and without what Windows adds.
pub fn stem(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").or(name.strip_suffix(".cmd")).unwrap_or(name);
    let versioned = name.strip_prefix("python3.").is_some();
    if versioned { "python3".to_owned() } else { name.to_owned() }
}

/// The name of a package without the version that is asked for.
pub fn unversioned(name: &str) -> &str {
    let from = usize::from(name.starts_with('@'));
    let end = name[from..].find(['@', '[', '=']).map_or(name.len(), |at| from + at);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_brings_a_program_is_taken_off() {
        let table = [
            ("npx -y @a/b@latest --x", Asked::Published("@a/b@latest".into()), vec!["--x"]),
            ("npx -p @a/b c run", Asked::Published("@a/b".into()), vec!["run"]),
            ("uvx --from a==1 b serve", Asked::Published("a==1".into()), vec!["serve"]),
            ("uv --directory /p run server.py", Asked::File("server.py".into()), vec![]),
            ("uv run --with mcp mcp run s.py", Asked::Program("mcp".into()), vec!["run", "s.py"]),
            ("uv run python -m a.b -v", Asked::Module("a.b".into()), vec!["-v"]),
            ("env A=b python3.12 -u /x/s.py", Asked::File("/x/s.py".into()), vec![]),
            ("cmd /c npx a", Asked::Published("a".into()), vec![]),
            (
                "docker run -i --rm -e K ghcr.io/a/b stdio",
                Asked::Image("ghcr.io/a/b".into()),
                vec!["stdio"],
            ),
            ("cargo run --release -- stdio", Asked::Here, vec!["stdio"]),
            (
                "npm run start:http -- --port 1",
                Asked::Script("start:http".into()),
                vec!["--port", "1"],
            ),
            ("java -Xmx1g -jar t/a.jar x", Asked::File("t/a.jar".into()), vec!["x"]),
            (
                "./target/release/a stdio",
                Asked::Program("./target/release/a".into()),
                vec!["stdio"],
            ),
        ];
        for (text, asked, arguments) in table {
            let line = of_text(text).unwrap();
            assert_eq!(
                (line.asked, line.arguments),
                (asked, arguments.iter().map(|a| (*a).to_owned()).collect()),
                "{text}"
            );
        }
        assert_eq!(of_text("uv --directory /p run a").unwrap().folder.as_deref(), Some("/p"));
        assert_eq!(of_text(""), None);
    }

    #[test]
    fn a_version_is_no_part_of_a_name() {
        for (name, plain) in
            [("@a/b@1", "@a/b"), ("a@latest", "a"), ("a[x]==1", "a"), ("@a/b", "@a/b")]
        {
            assert_eq!(unversioned(name), plain);
        }
    }
}
