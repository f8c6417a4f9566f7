using System.Text.Json;
using System.Text.Json.Nodes;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class VerdictJsonTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        RunVerdict verdict = SampleRun.Verdicts() with { Interrupted = true };
        string json = VerdictJson.Write(verdict);
        RunVerdict again = VerdictJson.Read(json, "verdict.json");
        Assert.Equal(json, VerdictJson.Write(again));
        Assert.Equal(verdict.Plans.Select(p => (p.Plan.Name, p.Verdict, p.Counts, p.Phase)), again.Plans.Select(p => (p.Plan.Name, p.Verdict, p.Counts, p.Phase)));
        Assert.Equal(verdict.Findings, again.Findings);
        Assert.True(again.Interrupted);
    }

    [Fact]
    public void Scripts_find_counts_words_and_times()
    {
        using var document = JsonDocument.Parse(VerdictJson.Write(SampleRun.Verdicts()));
        JsonElement root = document.RootElement;
        Assert.Equal("falter/verdict/1", root.GetProperty("schema").GetString());
        Assert.Equal(7, root.GetProperty("summary").EnumerateObject().Sum(v => v.Value.GetInt32()));
        JsonElement crashed = root.GetProperty("models").EnumerateArray().Single(m => m.GetProperty("verdict").GetString() == "crashed");
        Assert.Equal("connect", crashed.GetProperty("syscall").GetString());
        Assert.Equal("EINPROGRESS", crashed.GetProperty("errno").GetString());
        Assert.Equal(1204, crashed.GetProperty("injected").GetInt64());
        Assert.Equal(191.4, crashed.GetProperty("evidence")[0].GetProperty("at_s").GetDouble(), 3);
    }

    [Fact]
    public void A_field_that_a_later_version_adds_is_no_hindrance()
    {
        var document = JsonNode.Parse(VerdictJson.Write(SampleRun.Verdicts()))!;
        document["mood"] = "good";
        document["models"]![0]!["mood"] = 3;
        Assert.Equal(7, VerdictJson.Read(document.ToJsonString(), "verdict.json").Plans.Count);
    }

    [Fact]
    public void A_document_from_before_plans_is_read_by_its_models()
    {
        RunVerdict verdict = SampleRun.Verdicts();
        var document = JsonNode.Parse(VerdictJson.Write(verdict))!.AsObject();
        document.Remove("plans");
        RunVerdict again = VerdictJson.Read(document.ToJsonString(), "verdict.json");
        Assert.Equal(verdict.Plans.Select(p => (p.Plan.Name, p.Verdict, p.Counts, p.Phase)), again.Plans.Select(p => (p.Plan.Name, p.Verdict, p.Counts, p.Phase)));
    }

    [Theory]
    [InlineData("{\"schema\":\"falter/verdict/2\"}", "falter/verdict/2")]
    [InlineData("{\"schema\":\"falter/verdict/1\"}", "missing required")]
    [InlineData("{}", "schema missing")]
    [InlineData("null", "schema missing")]
    [InlineData("[]", "schema missing")]
    [InlineData("", "line 1")]
    [InlineData("<html>", "line 1")]
    public void Another_document_is_refused_with_the_place(string json, string told)
    {
        FalterException refused = Assert.Throws<FalterException>(() => VerdictJson.Read(json, "/runs/x/verdict.json"));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Equal("run-not-readable", refused.Findings[0].Code);
        Assert.StartsWith("/runs/x/verdict.json: ", refused.Message);
        Assert.Contains(told, refused.Message);
    }

    [Fact]
    public void A_document_cut_off_anywhere_is_refused_and_never_half_read()
    {
        string json = VerdictJson.Write(SampleRun.Verdicts());
        for (int length = 0; length < json.Length - 1; length += 97)
        {
            Assert.Equal("run-not-readable", Assert.Throws<FalterException>(() => VerdictJson.Read(json[..length], "v")).Findings[0].Code);
        }
    }

    [Theory]
    [InlineData("models", "null")]
    [InlineData("models", "[null]")]
    [InlineData("findings", "[null]")]
    [InlineData("models", "7")]
    public void A_document_with_holes_is_refused(string field, string value)
    {
        var document = JsonNode.Parse(VerdictJson.Write(SampleRun.Verdicts()))!;
        document[field] = JsonNode.Parse(value);
        Assert.Equal("run-not-readable", Assert.Throws<FalterException>(() => VerdictJson.Read(document.ToJsonString(), "v")).Findings[0].Code);
    }
}
