using System.Globalization;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>What a turn's verdict rests on in numbers: the application's own reactions, its log at the moments that matter, every measure beside its baseline.</summary>
internal static class TurnDetails
{
    private const int MostReactions = 12;

    public static void Append(StringBuilder page, TurnVerdict turn)
    {
        AppendReactions(page, turn.Reactions);
        foreach (LogExcerpt excerpt in turn.Log)
        {
            page.Append($"<h3>{Html.Text(excerpt.Role)} wrote, around {Html.C(excerpt.AtSeconds)} s</h3><pre class=\"log\" tabindex=\"0\">");
            foreach (string line in excerpt.Lines) page.Append(Html.Text(line.Length > 300 ? line[..300] + "…" : line)).Append('\n');
            page.Append("</pre>\n");
        }
        AppendEffects(page, turn.Effects);
    }

    private static void AppendReactions(StringBuilder page, IReadOnlyList<ErrnoReaction> reactions)
    {
        if (reactions.Count == 0) return;
        page.Append("""
            <h3>What the application did</h3><table class="cards"><thead><tr><th>Errno</th><th>Kind</th><th>What</th><th class="n">While injected</th><th class="n">In the baseline</th></tr></thead><tbody>

            """);
        foreach (ErrnoReaction one in reactions.OrderByDescending(r => r.Count).Take(MostReactions))
        {
            page.Append($"""
                <tr><td class="head"><span class="call">{one.Errno}</span></td><td data-l="Kind">{Html.Text(one.Kind)}</td><td class="full wraps" data-l="What"><span>{Html.Text(one.What)}</span></td>
                <td class="n" data-l="While injected">{Html.Number(one.Count)}</td><td class="n" data-l="In the baseline">{Html.Number(one.BaselineCount)}</td></tr>

                """);
        }
        page.Append("</tbody></table>\n");
    }

    private static void AppendEffects(StringBuilder page, IReadOnlyList<MeasureEffect> effects)
    {
        if (effects.Count == 0) return;
        page.Append($"""
            <details class="turn"><summary>Every measure beside its baseline ({effects.Count(e => e.Deviates)} of {effects.Count} deviate)</summary><table class="cards"><caption>Effect: difference of shares, or Cliff’s delta from -1 to 1; brackets: 95 % interval. p is corrected for all comparisons of the turn.</caption>
            <thead><tr><th>Measure</th><th>Phase</th><th class="n">Baseline</th><th class="n">Then</th><th class="n">Samples</th><th class="n">Effect</th><th class="n">p</th><th>Deviates</th></tr></thead><tbody>

            """);
        foreach (MeasureEffect one in effects.OrderByDescending(e => e.Deviates).ThenBy(e => e.AdjustedP))
        {
            page.Append($"""
                <tr><td class="head wraps">{Html.Text(one.Measure)}{(one.Unit.Length > 0 ? $" <span class=\"ci\">{Html.Text(one.Unit)}</span>" : "")}</td><td data-l="Phase">{Words.Of(one.Phase)}</td><td class="n" data-l="Baseline">{Figure(one.BaselineCentre)}</td><td class="n" data-l="Then">{Figure(one.Centre)}</td>
                <td class="n" data-l="Samples">{Html.Number(one.BaselineCount)}, {Html.Number(one.Count)}</td><td class="n full" data-l="Effect"><span>{Figure(one.Effect)} <span class="ci">[{Figure(one.EffectLow)}, {Figure(one.EffectHigh)}]</span></span></td>
                <td class="n" data-l="p">{(one.AdjustedP < 0.0001 ? "&lt; 0.0001" : one.AdjustedP.ToString("0.####", CultureInfo.InvariantCulture))}</td><td data-l="Deviates">{(one.Deviates ? "yes" : "no")}</td></tr>

                """);
        }
        page.Append("</tbody></table></details>\n");
    }

    private static string Figure(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
