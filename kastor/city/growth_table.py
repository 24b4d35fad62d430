"""Measured growth of urban trees: age to trunk, trunk to height and crown, for species that German towns plant.

Coefficients of table TS6 of the Urban Tree Database [1]_ (a work of the US government, in the public domain), for trees
measured in Queens (NoEast) and Longview (PacfNW), the two of its 17 cities whose climate is nearest to Germany's. Each
equation says what it is: the thing predicted, exponent of the age or trunk by which its variance grows, form, a to d,
least and greatest prediction the authors allow, and sigma.

References
----------
.. [1] McPherson, van Doorn, Peper (2016), Urban tree database, Forest Service Research Data Archive, updated 21 January
   2020, :doi:`10.2737/RDS-2016-0005`; described in Urban Tree Database and Allometric Equations, PSW-GTR-253.
"""

TABLE = """
Acer platanoides|Spitzahorn|NoEast
trunk|0|lin|5.61705,0.91636|5.62|114.66|36.41118
height|2|lin|3.16827,0.19507|4.26|25.54|0.00289
crown|2|quad|1.05784,0.25365,-0.00083|2.46|19.19|0.0019
Acer rubrum|Rotahorn|NoEast
trunk|1|cub|2.64166,1.27076,-0.01758,0.00012|2.64|105.2|0.66271
height|2|quad|3.21698,0.24941,-0.00065|3.87|22.24|0.00346
crown|1|quad|0.20703,0.32103,-0.00152|1.04|17.15|0.06742
Aesculus hippocastanum|Rosskastanie|NoEast
trunk|0.5|quad|3.34694,0.45797,0.00782|3.35|90.02|2.88861
height|0.5|quad|1.36605,0.31715,-0.00145|2.41|18.15|0.57671
crown|0.5|cub|0.16411,0.36854,-0.00599,0.00004|1.33|16.29|0.23416
Betula pendula|Birke|PacfNW
trunk|1|quad|-0.91466,2.11608,-0.02273|1.18|48.32|0.8507
height|1|quad|1.42669,0.70065,-0.00668|2.24|19.68|0.14186
crown|1|cub|0.35044,0.37618,-0.00631,0.00007|0.79|11.19|0.00164
Carpinus betulus|Hainbuche|PacfNW
trunk|1|cub|-0.99936,2.16074,-0.08853,0.00412|3|51.96|0.73563
height|0|loglogw1|0.68427,1.47106,0.01592|3.23|15.11|0.12619
crown|2|cub|0.124,0.11118,0.00861,-0.00015|0.53|9.26|0
Crataegus x lavallei|Weißdorn|PacfNW
trunk|2|cub|0.20544,0.81745,0.01594,-0.00034|1.9|38.23|0.04075
height|0.5|quad|1.88852,0.33423,-0.00252|2.51|10.99|0.25145
crown|1|quad|0.17454,0.40208,-0.00444|0.92|9.06|0.02333
Fagus sylvatica|Buche|PacfNW
trunk|1|cub|-2.64454,3.28563,-0.09364,0.00158|3.56|87.41|1.11111
height|0.5|cub|0.25817,0.79152,-0.0123,0.00007|2.93|24.99|0.54725
crown|0.5|cub|-0.02818,0.46803,-0.0055,0.00003|1.57|20.61|0.03187
Fraxinus pennsylvanica|Esche|NoEast
trunk|0.5|cub|2.41764,1.4626,-0.02052,0.00016|2.42|123.45|3.05806
height|0|loglogw1|-0.00104,2.0008,0.04176|1.56|23.48|0.20436
crown|1|cub|-0.55792,0.48266,-0.00527,0.00002|0.58|23.38|0.08497
Ginkgo biloba|Ginkgo|NoEast
trunk|1|quad|1.91918,1.0947,-0.00307|1.92|82.59|3.16976
height|2|quad|1.50395,0.44055,-0.00251|2.34|20.74|0.0023
crown|1|quad|0.56506,0.23562,-0.00074|1.01|15|0.07995
Gleditsia triacanthos|Gleditschie|NoEast
trunk|0|loglogw1|1.68387,1.59967,0.06782|3.23|71.86|0.26043
height|0|quad|2.72568,0.40207,-0.00231|4|19.7|5.9453
crown|0|loglogw1|-0.48922,2.32541,0.01534|1.46|18.19|0.12384
Liquidambar styraciflua|Amberbaum|NoEast
trunk|1|quad|3.42364,0.88982,-0.00252|3.42|80.14|2.33638
height|2|cub|1.22713,0.4387,-0.00425,0.00002|2.68|20.52|0.0039
crown|2|quad|0.20226,0.2869,-0.0009|1.17|17.39|0.00141
Malus|Zierapfel|NoEast
trunk|0.5|lin|2.84705,0.74535|2.85|46.08|3.92494
height|0|expow1|1.0323,0.02559,0.0767|3.14|9.48|0.27694
crown|1|quad|0.44624,0.33986,-0.00342|1.39|8.84|0.0962
Morus alba|Maulbeerbaum|PacfNW
trunk|0.5|cub|-4.50256,4.49267,-0.14464,0.00188|3.92|68.25|3.67605
height|1|quad|1.50551,0.42182,-0.00304|3.11|16.11|0.03077
crown|1|quad|0.403768894,0.452307942,-0.002497943|2.14|19.64|0.03846
Pinus strobus|Kiefer|NoEast
trunk|0|cub|1.87523,1.11975,-0.01146,0.00006|2.98|96.1|5.62031
height|0|loglogw1|-0.28182,2.25935,0.04993|1.63|23.72|0.22345
crown|1|quad|0.26428,0.28611,-0.00132|1.11|15.57|0.07608
Platanus x acerifolia|Platane|NoEast
trunk|1|quad|2.40322,1.2942,-0.00705|2.4|61.76|1.9293
height|1|quad|3.29515,0.30021,-0.00109|4.01|17.69|0.12837
crown|0|loglogw1|-0.75195,2.41418,0.01977|0.78|14.63|0.14059
Prunus cerasifera|Kirschpflaume|PacfNW
trunk|0.5|quad|0.78364,0.88584,-0.00949|1.66|21.04|0.59084
height|1|quad|1.75135,0.35285,-0.00369|2.33|7.54|0.04045
crown|2|quad|0.17605,0.37473,-0.00359|0.79|6.47|0.00097
Prunus serrulata|Zierkirsche|NoEast
trunk|0.5|lin|3.606,1.53283|3.61|92.51|2.46664
height|0.5|loglogw2|0.20839,1.34422,0.00885|2.19|9.82|0.09405
crown|0|cub|1.57321,0.29639,-0.00543,0.00004|2.57|17.14|1.13385
Pyrus calleryana|Stadtbirne|NoEast
trunk|2|lin|4.13514,1.2698|4.14|54.93|0.14818
height|0|loglogw1|0.39228,1.55901,0.02317|3.22|13.03|0.15221
crown|0.5|lin|0.41182,0.28531|1.59|16.08|0.15067
Quercus palustris|Sumpfeiche|NoEast
trunk|1|lin|2.85629,1.29969|2.86|127.63|6.77089
height|1|lin|2.97948,0.24435|3.68|34.17|0.14443
crown|1|cub|0.58861,0.37575,-0.00351,0.00002|1.63|28.44|0.05373
Quercus rubra|Roteiche|NoEast
trunk|0.5|lin|2.89687,0.91156|2.9|139.63|13.68468
height|1|quad|2.98261,0.30808,-0.00105|3.87|25.59|0.14092
crown|1|quad|1.13733,0.27575,-0.00076|1.93|24.89|0.06775
Tilia cordata|Winterlinde|NoEast
trunk|1|cub|2.70741,1.43292,-0.01191,0.00006|2.71|131.1|1.5684
height|1|quad|2.91533,0.27146,-0.00098|3.64|21.74|0.1192
crown|2|cub|-1.14976,0.44387,-0.00442,0.00002|0.61|18.82|0.00112
Ulmus americana|Ulme|NoEast
trunk|1|lin|5.28982,1.31631|5.29|132.97|4.93512
height|2|quad|2.72347,0.31773,-0.00119|4.37|23.9|0.00251
crown|1|cub|2.38566,0.12102,0.0024,-0.00002|3.09|24.36|0.10918
Zelkova serrata|Zelkove|NoEast
trunk|1|lin|2.17317,1.32424|2.17|81.63|3.55447
height|0|loglogw1|0.01056,1.93455,0.0362|1.38|18.01|0.19026
crown|0|loglogw1|-0.6785,2.39897,0.00585|0.72|17.91|0.07648
"""
