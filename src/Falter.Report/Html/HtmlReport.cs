using System.Globalization;
using System.Reflection;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>
/// The report of a run: one HTML file that needs no network, for desktop, phone and print, light and dark. First the answer, then how far it can be
/// trusted, then the evidence.
/// </summary>
public static class HtmlReport
{
    /// <summary>Renders a run, also one that was interrupted or killed.</summary>
    public static string Render(RunData run)
    {
        var page = new StringBuilder();
        string headline = Headline.Of(run);
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>{Html.Text(headline)}</title><link rel="icon" href="data:,">
            <style>
            {Resource("Style.css")}</style></head><body><main>
            <p class="eyebrow">Falter, error report, run <code>{Html.Text(run.Run.Run)}</code></p>
            <h1>{Html.Text(headline)}</h1>

            """);
        Summary.Append(page, run);
        VerdictTable.Append(page, run);
        AppendFindings(page, run);
        PlanFolds.Append(page, run);
        if (run.Samples.Count > 0 || run.Plans.Count == 0) NaturalErrors.Append(page, run);
        AppendReading(page);
        AppendFiles(page, run);
        page.Append("""
            </main><script>
            for (const b of document.querySelectorAll("button[data-copy]")) b.onclick = () => navigator.clipboard?.writeText(b.dataset.copy).then(() => { b.textContent = "Copied" });
            </script></body></html>

            """);
        return page.ToString();
    }

    private static void AppendFindings(StringBuilder page, RunData run)
    {
        page.Append("<h2 id=\"findings\">Findings</h2><p class=\"quiet\">What limits how far these verdicts can be trusted. Codes are stable; filter on them in CI.</p>\n");
        if (run.Verdict is not { Findings.Count: > 0 } verdict)
        {
            page.Append("<p class=\"empty\">Nothing to report.</p>\n");
            return;
        }
        page.Append("<ul class=\"findings\">");
        foreach (Finding finding in verdict.Findings.OrderByDescending(f => f.Level))
        {
            page.Append($"<li><span><span class=\"chip l-{Words.Of(finding.Level)}\">{Words.Of(finding.Level)}</span></span><code>{Html.Text(finding.Code)}</code><p>{Html.Text(finding.Message)}</p></li>\n");
        }
        page.Append("</ul>\n");
    }

    private static void AppendReading(StringBuilder page)
    {
        page.Append("<h2 id=\"how\">How to read this</h2><div class=\"how\"><dl>");
        foreach ((Verdict verdict, string meaning) in Reading.Verdicts) page.Append($"<dt>{Html.Chip(verdict)}</dt><dd>{meaning}</dd>\n");
        page.Append("</dl><dl>");
        foreach ((string word, string meaning) in Reading.Terms) page.Append($"<dt><b>{word}</b></dt><dd>{meaning}</dd>\n");
        page.Append("</dl></div>\n");
    }

    private static void AppendFiles(StringBuilder page, RunData run)
    {
        page.Append(CultureInfo.InvariantCulture, $"""
            <footer>Run folder <code>{Html.Text(run.Folder)}</code>: {RunFolderFiles.Run} (what was run), {RunFolderFiles.Samples} (natural errors per interval),
            {RunFolderFiles.Events} (phases, deaths), {RunFolderFiles.Faults} (what was armed and undone), {RunFolderFiles.Checks} and {RunFolderFiles.Load} (every probe and request),
            {RunFolderFiles.Verdict}, {RunFolderFiles.TargetLog}. Written by Falter {Html.Text(run.Run.FalterVersion.Split('+')[0])}; `falter report RUN --format html` writes this page again.</footer>

            """);
    }

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
