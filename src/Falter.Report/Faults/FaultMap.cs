using Falter.Records;

namespace Falter.Report;

/// <summary>A fault as a map: the fields of the rule language as keys, lists where the language has commas.</summary>
internal static class FaultMap
{
    private const string Kinds = "syscalls, process, network or container";

    private static readonly string[] s_kinds = ["process", "network", "container"];

    /// <summary>The fault's fields, to be read as those of a rule; null where it is no fault, which is then a mistake.</summary>
    public static FaultFields? Fields(StrictNode node, string source, List<StrictMistake> mistakes)
    {
        int before = mistakes.Count;
        if (node is not StrictMap map)
        {
            mistakes.Add(new StrictMistake(node.Line, node.Column, $"expected a rule, or a map with {Kinds}"));
            return null;
        }
        var taken = new FieldsTaken(source, mistakes);
        FaultFields? fields = map.Entries.Any(e => e.Key.Value == "syscalls") ? OfSyscalls(map, taken) : OfKind(map, taken);
        return mistakes.Count == before ? fields : null;
    }

    private static FaultFields? OfSyscalls(StrictMap map, FieldsTaken taken)
    {
        (StrictScalar _, StrictNode calls) = map.Entries.First(e => e.Key.Value == "syscalls");
        IReadOnlyList<string>? names = taken.Texts(calls, "syscalls");
        foreach ((StrictScalar key, StrictNode value) in map.Entries.Where(e => e.Key.Value != "syscalls")) taken.Add(key, value);
        return names is null ? null : new FaultFields(string.Join(',', names), taken.Fields, taken.Where(map));
    }

    private static FaultFields? OfKind(StrictMap map, FieldsTaken taken)
    {
        (StrictScalar Key, StrictNode Value)[] kinds = [.. map.Entries.Where(e => s_kinds.Contains(e.Key.Value, StringComparer.Ordinal))];
        if (kinds.Length != 1)
        {
            taken.Refuse(map, kinds.Length == 0 ? $"expected {Kinds}" : $"{string.Join(" and ", kinds.Select(k => k.Key.Value))}: one fault is of one kind; write several");
            return null;
        }
        // What it does stands behind the kind or within it: `process: pause`, or `process: {pause: true}`.
        if (kinds[0].Value is StrictScalar { Value.Length: > 0 } action) taken.Add(action);
        else if (kinds[0].Value is StrictMap within) foreach ((StrictScalar key, StrictNode value) in within.Entries) taken.Add(key, value);
        else taken.Refuse(kinds[0].Value, $"{kinds[0].Key.Value}: expected what is to be done, or a map of fields");
        foreach ((StrictScalar key, StrictNode value) in map.Entries.Where(e => e.Key != kinds[0].Key)) taken.Add(key, value);
        return new FaultFields(kinds[0].Key.Value, taken.Fields, taken.Where(map));
    }

    /// <summary>Fields that were taken out of maps so far.</summary>
    private sealed class FieldsTaken(string source, List<StrictMistake> mistakes)
    {
        public List<FaultField> Fields { get; } = [];

        public string Where(StrictNode node) => $"{source}, line {node.Line}, column {node.Column}";

        public void Refuse(StrictNode node, string message) => mistakes.Add(new StrictMistake(node.Line, node.Column, message));

        public void Add(StrictScalar action) => Fields.Add(FaultField.Of(action.Value, Where(action)));

        public void Add(StrictScalar key, StrictNode value)
        {
            string name = key.Value;
            if (value is StrictScalar { IsPlain: true, Value: "false" }) return;
            if (value is StrictScalar { IsPlain: true, Value: "true" or "" or "null" or "~" }) Fields.Add(new FaultField(name, null, Where(key)));
            else if (value is StrictScalar scalar) Fields.Add(new FaultField(name, scalar.Value, Where(key)));
            else if (!FaultField.CanBeList(name)) Refuse(value, $"{name}: expected one value");
            else if (Texts(value, name) is { } items) Fields.AddRange(OfItems(name, items, Where(key)));
        }

        /// <summary>A text, or a list of texts.</summary>
        public IReadOnlyList<string>? Texts(StrictNode node, string name)
        {
            if (node is StrictScalar one) return [one.Value];
            if (node is StrictList { Items.Count: > 0 } list && list.Items.All(i => i is StrictScalar)) return [.. list.Items.Cast<StrictScalar>().Select(i => i.Value)];
            Refuse(node, $"{name}: expected a text or a list of texts");
            return null;
        }

        private static IEnumerable<FaultField> OfItems(string name, IReadOnlyList<string> items, string place)
        {
            FaultField list = FaultField.OfList(name, items, place);
            return list.IsArgument ? items.Select(i => new FaultField(name, i, place)) : [list];
        }
    }
}
