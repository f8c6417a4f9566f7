using Falter.Records;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Falter.Report;

/// <summary>A node of a YAML document with its place, line and column from 1.</summary>
internal abstract record StrictNode(long Line, long Column);

/// <param name="Value">The text.</param>
/// <param name="IsPlain">Whether it stands without quotes, so that it can be a number or a truth value.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record StrictScalar(string Value, bool IsPlain, long Line, long Column) : StrictNode(Line, Column)
{
    /// <summary>Whether nothing stands there: YAML's null.</summary>
    public bool IsNothing => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record StrictList(IReadOnlyList<StrictNode> Items, long Line, long Column) : StrictNode(Line, Column);

internal sealed record StrictMap(IReadOnlyList<(StrictScalar Key, StrictNode Value)> Entries, long Line, long Column) : StrictNode(Line, Column);

/// <summary>A place and what is wrong there.</summary>
internal readonly record struct StrictMistake(long Line, long Column, string Message);

/// <summary>
/// YAML as data: one document of maps, lists and scalars; JSON is part of it. Anchors, tags and duplicate keys are mistakes: a reviewed file says what it seems to say, and cannot
/// grow while it is read.
/// </summary>
internal sealed class StrictYaml
{
    // Deeper than any document of Falter's, and shallow enough for the stack.
    private const int MostDepth = 32;

    private readonly Parser _parser;
    private readonly List<StrictMistake> _mistakes;

    private StrictYaml(string text, List<StrictMistake> mistakes)
    {
        _parser = new Parser(new StringReader(text));
        _mistakes = mistakes;
    }

    /// <summary>The document's root; null where it cannot be read at all, which is then the last of the mistakes.</summary>
    public static StrictNode? Parse(string text, List<StrictMistake> mistakes)
    {
        try
        {
            return new StrictYaml(text, mistakes).Document();
        }
        catch (YamlException e)
        {
            string message = e.Message[(e.Message.IndexOf("): ", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0)..].TrimEnd('.');
            mistakes.Add(new StrictMistake(e.Start.Line, e.Start.Column, $"not readable as YAML or JSON: {message}"));
            return null;
        }
    }

    private StrictNode? Document()
    {
        Next();
        Next();
        if (_parser.Current is StreamEnd)
        {
            _mistakes.Add(new StrictMistake(1, 1, "the file is empty"));
            return null;
        }
        Next();
        StrictNode? root = Node(0);
        Next();
        Next();
        if (_parser.Current is DocumentStart second) Add(second, "a second document begins here; expected one");
        return root;
    }

    private StrictNode? Node(int depth)
    {
        ParsingEvent current = _parser.Current!;
        if (depth > MostDepth) throw new YamlException(current.Start, current.End, $"nested more than {MostDepth} deep");
        if (current is AnchorAlias) Add(current, "an alias (*name) is not taken here; write the value out, or quote a text that begins with *");
        if (current is NodeEvent { Anchor.IsEmpty: false }) Add(current, "an anchor (&name) is not taken here; write the value out");
        if (current is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } }) Add(current, "a tag (!name) is not taken here; quote a text that begins with !");
        return current switch
        {
            Scalar scalar => new StrictScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, scalar.Start.Line, scalar.Start.Column),
            SequenceStart => List(current, depth),
            MappingStart => Map(current, depth),
            _ => null,
        };
    }

    private StrictList List(ParsingEvent start, int depth)
    {
        var items = new List<StrictNode>();
        for (Next(); _parser.Current is not SequenceEnd; Next())
        {
            if (Node(depth + 1) is { } item) items.Add(item);
        }
        return new StrictList(items, start.Start.Line, start.Start.Column);
    }

    private StrictMap Map(ParsingEvent start, int depth)
    {
        var entries = new List<(StrictScalar, StrictNode)>();
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        for (Next(); _parser.Current is not MappingEnd; Next())
        {
            ParsingEvent place = _parser.Current!;
            StrictNode? key = Node(depth + 1);
            Next();
            StrictNode? value = Node(depth + 1);
            if (key is not StrictScalar name) Add(place, "a key must be a word");
            else if (!places.TryAdd(name.Value, name.Line)) Add(place, $"{name.Value} is given twice, first in line {places[name.Value]}");
            else if (value is not null) entries.Add((name, value));
        }
        return new StrictMap(entries, start.Start.Line, start.Start.Column);
    }

    /// <summary>
    /// Goes on to the next event. YamlDotNet tells some malformed texts not as its own exception: a plain scalar that begins with a colon inside of brackets gives an InvalidOperationException
    /// (16.3.0), an unfinished escape an ArgumentException.
    /// </summary>
    private void Next()
    {
        try
        {
            if (_parser.MoveNext()) return;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw Ends("a character stands where none of its kind can");
        }
        throw Ends("the text ends too early");
    }

    private YamlException Ends(string message)
    {
        Mark at = _parser.Current?.End ?? new Mark(0, 1, 1);
        return new YamlException(at, at, message);
    }

    private void Add(ParsingEvent place, string message) => _mistakes.Add(new StrictMistake(place.Start.Line, place.Start.Column, message));
}
