//! Tables of text, with columns as wide as what is in them.

/// Rows of cells below their headings. The last column may be of any width.
pub fn text(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(headings.get(column).map_or(0, |heading| heading.chars().count()))
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let all = std::iter::once(&headings).chain(rows);
    all.map(|row| format!("{}\n", line(row, &widths))).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths).map(|(cell, &width)| format!("{cell:<width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// A Markdown table. What would end a cell, or be markup in it, is escaped.
pub fn markdown(headings: &[&str], rows: &[Vec<String>]) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = row(headings.iter().map(|heading| (*heading).to_owned()).collect());
    table.push_str(&row(headings.iter().map(|_| "---".to_owned()).collect()));
    for cells in rows {
        table.push_str(&row(cells.iter().map(|cell| escaped(cell)).collect()));
    }
    table
}

fn escaped(cell: &str) -> String {
    let mut out = String::new();
    for c in cell.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_no_line_ends_in_spaces() {
        let rows = [vec!["a".to_owned(), "bcd".into()], vec!["äöü".to_owned(), String::new()]];
        assert_eq!(text(&["x", "y"], &rows), "x    y\na    bcd\näöü\n");
    }

    #[test]
    fn a_cell_stays_in_its_cell() {
        let rows = [vec!["a|b\n<c>".to_owned()]];
        assert_eq!(markdown(&["x"], &rows), "| x |\n| --- |\n| a\\|b \\<c\\> |\n");
    }
}
