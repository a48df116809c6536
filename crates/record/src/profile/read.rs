//! Turns the text of a profile into data.

use anyhow::Result;
use camino::Utf8Path;
use smoke_core::finding;
use smoke_core::text::nearest;

use super::table::{Table, TomlFile};
use super::{
    BundleSpec, CheckAfter, CheckSpec, CiSpec, OverridesSpec, Profile, Render, RenderSpec,
    RequiresSpec, ci as ci_axes, env, gateway, pm2, server, setup, stage,
};
use crate::options::{Cast, Scope};

/// The number of the newest form of profiles that this program reads.
const SCHEMA: i64 = 1;

/// Reads the profile in `text`; `path` names it in errors.
///
/// # Errors
/// The text is no TOML, a key is unknown, missing or of the wrong type, or a name is used twice.
pub fn read(path: &Utf8Path, text: &str) -> Result<Profile> {
    let file = TomlFile::parse(path, text)?;
    let root = file.root();
    check_schema(&root)?;
    let stem = path.file_stem().unwrap_or("profile").to_owned();
    let pm2 = root.table("pm2")?.map(pm2::read).transpose()?.unwrap_or_default();
    let servers = unique(&root, "server", server::read, |server| &server.name)?;
    let mcp_config = root.table("mcp_config")?.map(server::read_mcp_config).transpose()?;
    let mut profile = Profile {
        name: root.string("name")?.unwrap_or(stem),
        text: text.to_owned(),
        path: path.to_owned(),
        env: root.table("env")?.map_or(Ok(Vec::new()), env::read)?,
        secrets: root.strings("secrets")?,
        roles: cast(&root)?,
        agents: root.choices("agent")?,
        setup: unique(&root, "setup", setup::read, |setup| &setup.name)?,
        bundle: root.table("bundle")?.map(bundle).transpose()?,
        render: root.table("render")?.map(render).transpose()?,
        gateway: gateway::read(
            &root,
            !servers.is_empty() || mcp_config.is_some(),
            pm2.ecosystem.is_some(),
        )?,
        servers,
        mcp_config,
        pm2,
        requires: root.table("requires")?.map_or(Ok(RequiresSpec::default()), requires)?,
        overrides: match root.flag_or_command("overrides")? {
            None | Some(Ok(false)) => OverridesSpec::None,
            Some(Ok(true)) => OverridesSpec::Own,
            Some(Err(command)) => OverridesSpec::Command(command),
        },
        checks: unique(&root, "check", check, |check| &check.name)?,
        stages: unique(&root, "stage", stage::read, |stage| &stage.name)?,
        strict: root.flag("strict")?.unwrap_or(false),
        accept: accept(&root)?,
        ci: ci(&root)?,
        deadlines: match root.table("deadlines")? {
            Some(table) => table.durations()?,
            None => Vec::new(),
        },
    };
    root.string("description")?;
    let kept: Vec<_> = profile.setup.iter().filter(|setup| !setup.inputs.is_empty()).collect();
    if let Some((one, other)) = setup::alike(&kept) {
        let message =
            format!("setups `{one}` and `{other}` would have one variable for their results");
        return Err(root.error("setup", &message));
    }
    if profile.gateway.own {
        if profile.render.is_some() {
            let message = "[render] makes the config of another gateway than the one that serves \
                           [[server]] and [mcp_config]; leave out one of them";
            return Err(root.error("render", message));
        }
        profile.render = Some(own_config());
    }
    root.finish()?;
    Ok(profile)
}

/// The names of findings that are accepted.
fn accept(root: &Table) -> Result<Vec<finding::Name>> {
    let known = |name: String| {
        let found = finding::Name::ALL.iter().find(|known| known.as_str() == name);
        found.copied().ok_or_else(|| {
            let hint = nearest::hint(&name, finding::Name::ALL.iter().map(|name| name.as_str()));
            root.error("accept", &format!("`{name}` is the name of no finding; {hint}"))
        })
    };
    root.strings("accept")?.into_iter().map(known).collect()
}

/// Before any other key, which another version may have given another meaning.
fn check_schema(root: &Table) -> Result<()> {
    match root.number("schema")? {
        None | Some(SCHEMA) => Ok(()),
        Some(newer) if newer > SCHEMA => {
            let message = format!(
                "this profile has schema {newer}, and this version of Clone Smoke knows {SCHEMA}; update it"
            );
            Err(root.error("schema", &message))
        }
        Some(other) => {
            Err(root.error("schema", &format!("there is no schema {other}; it is {SCHEMA}")))
        }
    }
}

fn cast(root: &Table) -> Result<Cast> {
    Ok(Cast {
        supervisor: root.choice("supervisor")?,
        agent: root.choices("agent")?.first().copied(),
        model: root.choice("model")?,
    })
}

/// A gateway that is part of the clone is not cloned from anywhere else.
fn ci(root: &Table) -> Result<CiSpec> {
    let spec = root.table("ci")?.map(ci_axes::read).transpose()?.unwrap_or_default();
    let gateway = root.table("gateway")?;
    let cloned = gateway.and_then(|gateway| gateway.table("clone").ok().flatten()).is_some();
    if !spec.gateway.is_empty() && !cloned {
        let message = "`gateway` of [ci] is for a profile with [gateway.clone]";
        return Err(root.error("ci", message));
    }
    Ok(spec)
}

/// The config of our own gateway, whose template the run writes.
fn own_config() -> RenderSpec {
    RenderSpec {
        how: Render::Template("{{STELAE_CONFIG_HOME}}/proxy.template.json".to_owned()),
        output: "{{PROXY_CONFIG}}".to_owned(),
    }
}

fn requires(table: Table) -> Result<RequiresSpec> {
    let spec =
        RequiresSpec { programs: table.strings("programs")?, python: table.strings("python")? };
    table.finish()?;
    Ok(spec)
}

fn bundle(table: Table) -> Result<BundleSpec> {
    let spec = BundleSpec {
        path: table.required_string("path")?,
        after_build: table.flag("after_build")?.unwrap_or(false),
    };
    table.finish()?;
    Ok(spec)
}

fn render(table: Table) -> Result<RenderSpec> {
    let command = table.command("command")?;
    let template = table.string("template")?;
    let how = match (template, command) {
        (Some(template), None) => Render::Template(template),
        (None, Some(command)) => Render::Command(command),
        _ => {
            let message = "[render] needs either a `template` or a `command`";
            return Err(table.error("template", message));
        }
    };
    let spec = RenderSpec {
        how,
        output: table.string("output")?.unwrap_or_else(|| "{{PROXY_CONFIG}}".into()),
    };
    table.finish()?;
    Ok(spec)
}

/// Reads the tables of an array; their names become step ids and file names.
fn unique<T>(
    root: &Table,
    key: &str,
    read: impl Fn(Table) -> Result<T>,
    name: impl Fn(&T) -> &String,
) -> Result<Vec<T>> {
    let mut all: Vec<T> = Vec::new();
    for table in root.tables(key)? {
        let place = table.error("name", "");
        let one = read(table)?;
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name(&one).is_empty() || !name(&one).chars().all(fine) {
            anyhow::bail!("{place}a name consists of letters, digits, `-` and `_`");
        }
        if all.iter().any(|known| name(known) == name(&one)) {
            anyhow::bail!("{place}the name `{}` is used twice", name(&one));
        }
        all.push(one);
    }
    Ok(all)
}

fn check(table: Table) -> Result<CheckSpec> {
    let scope = match table.string("scope")?.as_deref() {
        None | Some("structural") => Scope::Structural,
        Some("full") => Scope::Full,
        Some("always") => Scope::None,
        Some(_) => {
            let message = "`scope` must be \"always\", \"structural\" or \"full\"";
            return Err(table.error("scope", message));
        }
    };
    let after = match table.string("after")?.as_deref() {
        Some("clone") => CheckAfter::Clone,
        None | Some("ready") => CheckAfter::Ready,
        Some("stages") => CheckAfter::Stages,
        Some(_) => {
            let message = "`after` must be \"clone\", \"ready\" or \"stages\"";
            return Err(table.error("after", message));
        }
    };
    let spec = CheckSpec {
        name: table.required_string("name")?,
        scope,
        after,
        command: table
            .command("command")?
            .ok_or_else(|| table.lacks("command", "[[check]] needs a key `command`"))?,
    };
    table.finish()?;
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::find::BUILT_IN;

    const SMALL: &str = "[gateway]\ncommand = [\"serve\"]\n";

    fn failure(more: &str) -> String {
        read(Utf8Path::new("smoke.toml"), &format!("{SMALL}{more}")).unwrap_err().to_string()
    }

    #[test]
    fn a_profile_of_a_newer_form_is_refused_before_its_keys() {
        let read = |text: &str| read(Utf8Path::new("p.toml"), text);
        assert!(read(&format!("schema = 1\n{SMALL}")).is_ok());
        let newer = read("schema = 2\nkey_of_later = 1\n").unwrap_err().to_string();
        assert!(newer.starts_with("p.toml:1:1: this profile has schema 2"), "{newer}");
    }

    #[test]
    fn the_built_in_profiles_are_valid() {
        for (name, text) in BUILT_IN {
            let profile = read(&Utf8Path::new(name).with_extension("toml"), text).unwrap();
            assert_eq!(profile.name, *name);
        }
    }

    #[test]
    fn a_small_profile_is_enough() {
        let profile = read(Utf8Path::new("dir/mine.toml"), SMALL).unwrap();
        assert_eq!((profile.name.as_str(), profile.gateway.server.as_str()), ("mine", "stack"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert!(
            failure("[[stage]]\nname = \"a b\"\ntools_absent = [\"x\"]\n")
                .starts_with("smoke.toml:4:1: a name consists")
        );
        assert!(
            failure(
                "[[stage]]\nname='a'\ntools_absent=['x']\n[[stage]]\nname='a'\ntools_absent=['x']\n"
            )
            .contains("used twice")
        );
        let file = "accept = [\"stray-outptu\"]\n[gateway]\ncommand = [\"serve\"]\n";
        assert_eq!(
            read(Utf8Path::new("smoke.toml"), file).unwrap_err().to_string(),
            "smoke.toml:1:1: `stray-outptu` is the name of no finding; did you mean `stray-output`?"
        );
        let bad = "[[stage]]\nname='a'\n[[stage.call]]\ntool='t'\nstatus='done'\n";
        assert!(failure(bad).starts_with("smoke.toml:7:1: `status` must be"), "{}", failure(bad));
        assert!(failure("[[stage]]\nprompt='x'\n").contains("[stage] needs a key `name`"));
        let misspelt = read(Utf8Path::new("p.toml"), "name='x'\n[gateway]\ncomand = ['a']\n");
        assert_eq!(
            misspelt.unwrap_err().to_string(),
            "p.toml:3:1: unknown key `comand` in [gateway]; did you mean `command`?"
        );
        let message = read(Utf8Path::new("p.toml"), "overrides = true\n").unwrap_err();
        assert!(message.to_string().contains("needs a table [gateway]"));
    }

    #[test]
    fn holds_against_whatever_is_in_a_profile() {
        let embedded = include_bytes!("../../profiles/embedded.toml");
        let small: &[u8] = b"name = \"x\"\n[env]\nA = \"${B}\"\n[gateway]\ncommand = [\"a\"]\n\
            tools = [\"t\"]\n[deadlines]\nready = \"1s\"\n[[stage]]\nname = \"s\"\n\
            [[stage.call]]\ntool = \"t\"\narguments = { a = [1, 2.5, true] }\n";
        smoke_core::fuzz::hold(&[embedded, small], |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Err(error) = read(Utf8Path::new("smoke.toml"), &text) {
                assert!(error.to_string().starts_with("smoke.toml"), "{error:#}");
            }
        });
    }

    #[test]
    fn a_million_levels_are_refused() {
        let deep = format!("name = {}", "[".repeat(1_000_000));
        assert!(read(Utf8Path::new("smoke.toml"), &deep).is_err());
        let dotted = format!("{} = 1", vec!["a"; 200_000].join("."));
        assert!(read(Utf8Path::new("smoke.toml"), &dotted).is_err());
    }
}
