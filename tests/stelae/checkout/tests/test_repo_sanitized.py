from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_template_has_no_absolute_paths() -> None:
    assert "/home/" not in (ROOT / "config/proxy.template.json").read_text()
