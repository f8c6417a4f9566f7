using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

#pragma warning disable CA1507 // The names are those of Docker's interface; that ours are alike is chance.

namespace Falter.Linux.Containers;

/// <summary>A container's place on a network: all that must be given when it is put back there.</summary>
/// <param name="Name">The network's name.</param>
/// <param name="NetworkId">The network's id.</param>
/// <param name="Address">The container's address of version 4; null: none.</param>
/// <param name="Address6">Its address of version 6; null: none.</param>
/// <param name="IsFixed">Whether the addresses were asked for when the container was made, and not chosen by the engine.</param>
/// <param name="Mac">Its hardware address; null: unknown.</param>
/// <param name="Aliases">Further names that others on the network find it by.</param>
/// <param name="Links">Other containers under names of its own (<c>container:alias</c>).</param>
/// <param name="DriverOptions">What the network's driver was told about it.</param>
public sealed record ContainerNetwork(string Name, string NetworkId, string? Address, string? Address6, bool IsFixed, string? Mac,
    IReadOnlyList<string> Aliases, IReadOnlyList<string> Links, IReadOnlyDictionary<string, string> DriverOptions)
{
    /// <summary>Whether a container can be taken off it: it has an interface there.</summary>
    public bool CanBeLeft => Name is not ("host" or "none");

    /// <summary>One entry of <c>NetworkSettings.Networks</c>.</summary>
    internal static ContainerNetwork Of(string name, JsonElement entry, string container)
    {
        JsonElement? given = entry.Member("IPAMConfig");
        string? v4 = Text(given?.Member("IPv4Address")), v6 = Text(given?.Member("IPv6Address"));
        return new ContainerNetwork(name, Text(entry.Member("NetworkID")) ?? name, v4 ?? Text(entry.Member("IPAddress")), v6 ?? Text(entry.Member("GlobalIPv6Address")),
            v4 is not null || v6 is not null, Text(entry.Member("MacAddress")),
            // The engine adds the beginning of the id itself, and would then hold it twice.
            [.. Texts(entry.Member("Aliases")).Where(a => !container.StartsWith(a, StringComparison.Ordinal))],
            [.. Texts(entry.Member("Links"))],
            entry.Member("DriverOpts")?.EnumerateObject().ToDictionary(o => o.Name, o => o.Value.GetString() ?? "") ?? []);
    }

    /// <summary>What <c>POST /networks/ID/connect</c> is given.</summary>
    /// <param name="container">The container's id.</param>
    /// <param name="withAddress">Whether to ask for the addresses that it had.</param>
    internal string Connection(string container, bool withAddress)
    {
        var endpoint = new JsonObject();
        if (Aliases.Count > 0) endpoint["Aliases"] = new JsonArray([.. Aliases.Select(a => (JsonNode)a)]);
        if (Links.Count > 0) endpoint["Links"] = new JsonArray([.. Links.Select(l => (JsonNode)l)]);
        if (DriverOptions.Count > 0) endpoint["DriverOpts"] = new JsonObject(DriverOptions.Select(o => KeyValuePair.Create(o.Key, (JsonNode?)o.Value)));
        if (withAddress && Mac is not null) endpoint["MacAddress"] = Mac;
        var addresses = new JsonObject();
        if (withAddress && Address is not null) addresses["IPv4Address"] = Address;
        if (withAddress && Address6 is not null) addresses["IPv6Address"] = Address6;
        if (addresses.Count > 0) endpoint["IPAMConfig"] = addresses;
        return new JsonObject { ["Container"] = container, ["EndpointConfig"] = endpoint }.ToJsonString(s_plain);
    }

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonSerializerOptions.Default.TypeInfoResolver };

    private static string? Text(JsonElement? value) => value?.GetString() is { Length: > 0 } text ? text : null;

    private static IEnumerable<string> Texts(JsonElement? list) => list?.EnumerateArray().Select(e => e.GetString()).OfType<string>() ?? [];
}

internal static class JsonMembers
{
    /// <summary>A member that is there and not null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
