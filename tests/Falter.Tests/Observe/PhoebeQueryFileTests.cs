using System.Text;
using System.Text.Json;
using Falter.Model;
using Falter.Observe;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Observe;

public class PhoebeQueryFileTests
{
    [Fact]
    public void Phoebes_published_observation_gives_phoebes_published_configuration()
    {
        string folder = Golden.Folder("phoebe-hedwig");
        ErrorModelSet set = ErrorModelSet.Of(PhoebeQueryFile.Read(Path.Combine(folder, "query_results.json")), "hedwig", new ErrorModelOptions());
        using JsonDocument published = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "fi_experiments_config.json")));
        using JsonDocument written = JsonDocument.Parse(PhoebeConfiguration.Write(set, PhoebeConfiguration.StandardDuration));
        Dictionary<string, JsonElement> ours = written.RootElement.GetProperty("experiments").EnumerateArray().ToDictionary(NameOf);
        JsonElement[] theirs = [.. published.RootElement.GetProperty("experiments").EnumerateArray()];
        Assert.Equal(theirs.Select(NameOf).Order(), ours.Keys.Order());
        Assert.All(theirs, e =>
        {
            JsonElement own = ours[NameOf(e)];
            Assert.Equal(e.EnumerateObject().Select(p => p.Name).Order(), own.EnumerateObject().Select(p => p.Name).Order());
            foreach (string key in (string[])["failure_rate", "original_min_rate", "original_mean_rate", "original_max_rate", "experiment_duration"])
            {
                Assert.Equal(e.GetProperty(key).GetDouble(), own.GetProperty(key).GetDouble(), 1e-9);
            }
        });
    }

    /// <summary>Phoebe's configuration has no classes, but they follow from how each published rate comes from its percentiles.</summary>
    [Fact]
    public void The_classes_are_those_that_phoebes_rates_follow_from()
    {
        string folder = Golden.Folder("phoebe-hedwig");
        Dictionary<string, ErrorModel> models = ErrorModelSet.Of(PhoebeQueryFile.Read(Path.Combine(folder, "query_results.json")), "hedwig", new ErrorModelOptions()).Models.ToDictionary(m => $"{m.Syscall}:-{m.Errno}");
        using JsonDocument published = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "fi_experiments_config.json")));
        Assert.All(published.RootElement.GetProperty("experiments").EnumerateArray(), e =>
        {
            double rate = e.GetProperty("failure_rate").GetDouble(), high = e.GetProperty("original_max_rate").GetDouble();
            ErrorModelClass expected = high < 0.05 ? ErrorModelClass.Sporadic : rate == high ? ErrorModelClass.Fluctuating : ErrorModelClass.Steady;
            Assert.Equal(expected, models[NameOf(e)].Class);
        });
    }

    [Fact]
    public void Invocations_are_those_of_the_call_with_every_outcome()
    {
        ErrorWindow window = Parse("""
            [{"syscall_name":"read","error_code":"SUCCESS","invocations_in_total":90},
             {"syscall_name":"read","error_code":"EAGAIN","invocations_in_total":6,"data_points":[[1,"0.5"],[2,"0"],[3,0.25]]},
             {"syscall_name":"b'read'","error_code":"b'EINTR'","invocations_in_total":4,"data_points":[[1,"0.1"]]},
             {"syscall_name":"read","error_code":"-512","invocations_in_total":7,"data_points":[[1,"0.1"]]},
             {"syscall_name":"[unknown: 335]","error_code":"EIO","invocations_in_total":7,"data_points":[[1,"0.1"]]}]
            """);
        Assert.Equal([("EAGAIN", 6, 107), ("EINTR", 4, 107)], window.Series.Select(s => (s.Errno.Name, (int)s.Failures, (int)s.Invocations)));
        Assert.Equal([0.5, 0.25], window.Series[0].Rates.Select(r => r.Rate));
    }

    [Theory]
    [InlineData("query-not-readable", "a list of entries was expected", "{}")]
    [InlineData("query-not-readable", "line 1: no JSON", "[{]")]
    [InlineData("no-samples", "the list is empty", "[]")]
    [InlineData("query-not-readable", "entry 1: no object", "[3]")]
    [InlineData("query-not-readable", "entry 1: syscall_name is missing", """[{"error_code":"EIO"}]""")]
    [InlineData("query-not-readable", "entry 1: invocations_in_total is missing", """[{"syscall_name":"read","error_code":"EIO"}]""")]
    [InlineData("query-not-readable", "entry 1 (read, EIO): data_points is missing", """[{"syscall_name":"read","error_code":"EIO","invocations_in_total":1}]""")]
    [InlineData("query-not-readable", "data point 2: 'NaN' is no error rate", """[{"syscall_name":"read","error_code":"EIO","invocations_in_total":1,"data_points":[[1,"0.5"],[2,"NaN"]]}]""")]
    [InlineData("query-not-readable", "data point 1: '1.5' is no error rate", """[{"syscall_name":"read","error_code":"EIO","invocations_in_total":1,"data_points":[[1,"1.5"]]}]""")]
    [InlineData("query-not-readable", "entry 1: no data_points", """[{"syscall_name":"read","error_code":"EIO","invocations_in_total":1,"data_points":[]}]""")]
    [InlineData("query-not-readable", "entry 2: read with EIO is given twice",
        """[{"syscall_name":"read","error_code":"EIO","invocations_in_total":1,"data_points":[[1,"0.5"]]},{"syscall_name":"read","error_code":"EIO","invocations_in_total":1,"data_points":[[1,"0.5"]]}]""")]
    public void A_foreign_file_gets_one_message_with_its_place(string code, string message, string json)
    {
        Finding finding = Assert.Single(Assert.Throws<FalterException>(() => Parse(json)).Findings);
        Assert.Equal(code, finding.Code);
        Assert.Contains("q.json", finding.Message);
        Assert.Contains(message, finding.Message);
    }

    [Fact]
    public void Whatever_a_file_holds_it_is_read_or_refused()
    {
        byte[] good = Encoding.UTF8.GetBytes("""[{"syscall_name":"read","error_code":"EAGAIN","invocations_in_total":6,"data_points":[[1,"0.5"],[2,0.25]]},{"syscall_name":"read","error_code":"SUCCESS","invocations_in_total":90}]""");
        Mutations.Each(good, 20_000, seed: 3, bytes =>
        {
            try
            {
                Assert.All(PhoebeQueryFile.Parse(bytes, "q.json").Series, s => Assert.All(s.Rates, r => Assert.InRange(r.Rate, double.Epsilon, 1)));
            }
            catch (FalterException e)
            {
                Assert.NotEmpty(e.Findings);
            }
        });
    }

    private static ErrorWindow Parse(string json) => PhoebeQueryFile.Parse(Encoding.UTF8.GetBytes(json), "q.json");

    private static string NameOf(JsonElement experiment) => $"{experiment.GetProperty("syscall_name").GetString()}:{experiment.GetProperty("error_code").GetString()}";
}
