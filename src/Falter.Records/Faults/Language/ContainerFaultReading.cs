namespace Falter.Records;

/// <summary>Faults of containers: <c>container:disconnect=backend:for=10s</c>.</summary>
internal static class ContainerFaultReading
{
    public const string Example = "container:disconnect=backend:for=10s";

    private static readonly string[] s_actions = [.. Enum.GetValues<ContainerAction>().Select(Words.Of)];
    public static readonly string[] Keys = [.. s_actions, .. TimesReading.Keys];

    /// <summary>The fault; null where it has mistakes, which are added.</summary>
    public static ContainerFault? Read(FaultFields fields, ICollection<Finding> mistakes)
    {
        var reading = new FaultReading(fields, Keys, Example, mistakes);
        string? action = ActionReading.Of(reading, s_actions, Example);
        ContainerAction read = action is not null && Words.TryParse(action, out ContainerAction found) ? found : default;
        foreach (string flag in s_actions.Where(a => a != "disconnect")) reading.Flag(flag);
        // Without a value: from every network.
        bool isNamed = fields.Fields.Any(f => f is { Key: "disconnect", Value: not null });
        var fault = new ContainerFault
        {
            Written = fields.Written,
            Action = read,
            Network = isNamed ? reading.Text("disconnect", "backend") : null,
            After = TimesReading.After(reading),
            For = TimesReading.For(reading),
        };
        if (read == ContainerAction.Restart && reading.Has("for")) reading.Refuse("for", "for: a restart ends by itself; leave it out, or take container:kill");
        return reading.IsFlawless ? fault : null;
    }
}
