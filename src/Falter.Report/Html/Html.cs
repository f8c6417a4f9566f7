using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Falter.Records;

namespace Falter.Report;

/// <summary>Pieces of HTML that several parts of the report use. Whatever comes from a run goes through <see cref="Text"/>.</summary>
internal static class Html
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // One drawing per verdict: colour is never the only sign.
    private static readonly Dictionary<Verdict, string> s_icons = new()
    {
        [Verdict.Resilient] = "<circle cx='8' cy='8' r='6.2'/><path d='M5.2 8.3l2 2 3.7-4.3'/>",
        [Verdict.Degraded] = "<circle cx='8' cy='8' r='6.2'/><path d='M8 1.8a6.2 6.2 0 0 1 0 12.4z' fill='currentColor'/>",
        [Verdict.Crashed] = "<path d='M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4z'/><path d='M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6'/>",
        [Verdict.Corrupted] = "<path d='M8 1.2L14.8 8 8 14.8 1.2 8z'/><path d='M8 5v3.6M8 10.9v.1'/>",
        [Verdict.Hung] = "<circle cx='8' cy='8' r='6.2'/><path d='M8 4.6V8l2.4 1.6'/>",
        [Verdict.NotExercised] = "<circle cx='8' cy='8' r='6.2' stroke-dasharray='2.6 2.27'/>",
        [Verdict.Unknown] = "<circle cx='8' cy='8' r='6.2' stroke-dasharray='2.6 2.27'/><path d='M8 8v.1'/>",
    };

    /// <summary>Text, safe in elements and attributes.</summary>
    public static string Text(string text) => s_encoder.Encode(text);

    /// <summary>A verdict as icon and word, with a number before it where one is given.</summary>
    public static string Chip(Verdict verdict, int? count = null) =>
        $"<span class=\"chip v-{Words.Of(verdict)}\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">{s_icons[verdict]}</svg>{(count is { } n ? $"<b>{n}</b> " : "")}{Capital(verdict)}</span>";

    /// <summary>A whole number with thin spaces between thousands.</summary>
    public static string Number(long number) => number.ToString("N0", s_thinSpaced);

    /// <summary>A share in percent without the sign, three significant digits.</summary>
    public static string Percent(double share) => Shares.Format(share)[..^1];

    /// <summary>A number of seconds as people say it: <c>20 s</c>, <c>2 min 5 s</c>.</summary>
    public static string Seconds(double seconds) => seconds < 90 ? Invariant($"{seconds:0.#} s") : Invariant($"{(int)seconds / 60} min {(int)seconds % 60} s");

    /// <summary>A coordinate of a drawing.</summary>
    public static string C(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Capital(Verdict verdict) => Words.Of(verdict).Replace('-', ' ') is var word ? char.ToUpperInvariant(word[0]) + word[1..] : "";

    private static readonly NumberFormatInfo s_thinSpaced = new() { NumberGroupSeparator = "\u2009", NumberDecimalDigits = 0 };
}
